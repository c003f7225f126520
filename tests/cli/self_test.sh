#!/bin/sh
# Tests what run.sh promises of `stderr`: self_test.sh. Each expectation is tried on one command
# that says three things.
set -u
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
case=$scratch/case
mkdir "$case"
cat > "$case/cmd" <<'END'
echo "cs-x: --lr: '0' is out of range; give more" >&2
echo "Try 'cs-x --help'." >&2
echo "cs-x: a.lmdb: exists already" >&2
echo "cs-x: b.lmdb: exists already" >&2
END
bad=0
# expect passed|failed LINE...: what run.sh says of `stderr` made of these lines.
expect() {
  outcome=failed
  wanted=$1
  shift
  printf '%s\n' "$@" > "$case/stderr"
  if "$here/run.sh" "$scratch" "$case" > "$scratch/said" 2>&1; then outcome=passed; fi
  [ $outcome = "$wanted" ] || { echo "$outcome, not $wanted: $*"; bad=1; }
}
expect passed "cs-x: --lr: '0' is out of range; give more" "cs-x: a.lmdb: exists already" \
  "cs-x: b.lmdb: exists already"
expect passed "--lr: ... out of range" "a.lmdb" "b.lmdb"
expect passed "..." "b.lmdb: exists"
expect passed "--lr" "..." "b.lmdb"
expect passed "--lr" "..."
expect failed "--lr" "a.lmdb"                  # one message more
expect failed "--lr" "a.lmdb" "b.lmdb" "c"     # one fewer
expect failed "--lr" "b.lmdb" "a.lmdb"         # in another order
expect failed "out of range ... --lr" "a.lmdb" "b.lmdb"
expect failed "--lr" "a.lmdb" "c.lmdb"
expect failed "..." "a.lmdb: exists"
UPDATE=1 "$here/run.sh" "$scratch" "$case" > "$scratch/said" 2>&1
expect passed "$(cat "$case/stderr")"
printf '%s\n' "--lr" "old" "b.lmdb: exists" > "$case/stderr"
UPDATE=1 "$here/run.sh" "$scratch" "$case" > "$scratch/said" 2>&1
updated=$(cat "$case/stderr")
[ "$updated" = "$(printf '%s\n' "--lr" "cs-x: a.lmdb: exists already" "b.lmdb: exists")" ] ||
  { printf 'UPDATE=1 wrote:\n%s\n' "$updated"; bad=1; }
exit $bad
