#!/bin/sh
# Runs command-line cases: run.sh BINDIR DIR...
#
# A case is a folder with a script `cmd` and what it must give: `stdout`, `stderr`, `code`; a
# missing file means empty, or 0. `stdout` holds the output itself. `stderr` holds one line for each
# message, of which it need say only what matters: it must occur in the message, and `...` in it
# stands for any text. A line `...` of its own stands for any number of messages. The hint to --help
# below a usage error is left out of both. See messages.awk.
#
# A DIR without `cmd` stands for all cases right below it. Each case runs in a fresh empty folder,
# without a terminal, in the C locale, with BINDIR and helpers/ first in PATH, and $CASE naming its own
# folder. UPDATE=1 writes the expectations instead, but keeps each line of `stderr` that still holds:
# review the difference like code. A case that cannot run on this machine exits 77 with "skipped:
# REASON" as the last line on stderr, which is shown; if no other case ran, so does run.sh.
set -u
[ $# -ge 2 ] || { echo "usage: run.sh BINDIR DIR..." >&2; exit 2; }
bin=$(cd "$1" && pwd) || exit 2
shift
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
: > "$scratch/nothing"
unset NO_COLOR TERM CDPATH ENV
LC_ALL=C PATH="$bin:$here/helpers:$PATH" OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}  # other tests run beside these
export LC_ALL PATH OMP_NUM_THREADS

# Writes expectation $2 of case $1 from file $3, or removes it if that is empty.
update() {
  if [ -s "$3" ]; then cp "$3" "$1/$2"; else rm -f "$1/$2"; fi
}

# Compares expectation $2 of case $1 with file $3.
same() {
  expected=$1/$2
  [ -f "$expected" ] || expected=$scratch/nothing
  cmp -s "$expected" "$3" || { diff -u "$expected" "$3"; return 1; }
}

# Puts what `stderr` of case $1 says in place of each message on stderr for which it holds.
reduce() {
  expected=$1/stderr
  [ -f "$expected" ] || expected=$scratch/nothing
  awk -f "$here/messages.awk" "$expected" "$scratch/err" > "$scratch/messages"
}

run_case() {
  CASE=$1
  export CASE
  mkdir "$scratch/work"
  (cd "$scratch/work" && exec sh "$CASE/cmd") < /dev/null > "$scratch/out" 2> "$scratch/err"
  status=$?
  : > "$scratch/code"
  [ $status -eq 0 ] || echo $status > "$scratch/code"
  rm -rf "$scratch/work"
  good=0
  if [ $status -eq 77 ] && tail -n 1 "$scratch/err" | grep -q '^skipped: '; then
    skipped=$((skipped + 1))
    echo "${CASE##*/}: $(tail -n 1 "$scratch/err")"
    return 0
  fi
  reduce "$CASE"
  for part in out:stdout messages:stderr code:code; do
    if [ "${UPDATE:-0}" = 1 ]; then
      update "$CASE" "${part#*:}" "$scratch/${part%:*}"
    else
      same "$CASE" "${part#*:}" "$scratch/${part%:*}" || good=1
    fi
  done
  return $good
}

run=0
skipped=0
failed=
for given in "$@"; do
  given=$(cd "$given" && pwd) || exit 2
  if [ -f "$given/cmd" ]; then set -- "$given"; else set -- "$given"/*/; fi
  for dir in "$@"; do
    dir=${dir%/}
    [ -f "$dir/cmd" ] || continue
    run=$((run + 1))
    run_case "$dir" || failed="$failed ${dir##*/}"
  done
done
[ $run -gt 0 ] || { echo "no case found" >&2; exit 2; }
if [ -n "$failed" ]; then
  echo "failed:$failed"
  exit 1
fi
[ $run -gt $skipped ] || exit 77
echo "$((run - skipped)) cases passed"
