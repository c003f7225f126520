#!/bin/sh
# Runs fuzzers: run.sh BUILD SECONDS [FUZZER...], all of them or those named, e.g. npy_fuzz; each
# for SECONDS, two at a time. BUILD was configured with CS_FUZZ; in BUILD/fuzz stay FUZZER/log,
# FUZZER/corpus, from which a later run goes on, and findings/FUZZER-*, inputs that crashed, leaked,
# took 10 seconds or allocated over 256 MiB at once. Exits 1 if a fuzzer found anything.
set -u
[ $# -ge 2 ] || { echo "usage: run.sh BUILD SECONDS [FUZZER...]" >&2; exit 2; }
build=$1 seconds=$2 programs=$1/tests/fuzz
[ -x "$programs/write_seeds" ] || {
  echo "run.sh: $1: holds no fuzzers; build its target fuzz" >&2
  exit 2
}
shift 2
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(cd "$programs" && ls -- *_fuzz)
if [ $# -gt 1 ]; then
  printf '%s\n' "$@" | xargs -n 1 -P 2 "$0" "$build" "$seconds" || exit 1
  exit 0
fi

[ -x "$programs/$1" ] || {
  echo "run.sh: $1: is no fuzzer in $programs; name one as it is called there" >&2
  exit 2
}
fuzzer=$1 out=$build/fuzz/$1 findings=$build/fuzz/findings
mkdir -p "$out/corpus" "$findings" && "$programs/write_seeds" "$out/seeds" || exit 2
dictionary=$(dirname "$0")/${fuzzer%_fuzz}.dict
[ -f "$dictionary" ] || dictionary=
begun=$(date +%s)
ASAN_OPTIONS=quarantine_size_mb=16 UBSAN_OPTIONS=print_stacktrace=1 "$programs/$fuzzer" \
  -max_total_time="$seconds" -max_len=4096 -timeout=10 -malloc_limit_mb=256 -rss_limit_mb=1024 \
  -print_final_stats=1 -artifact_prefix="$findings/$fuzzer-" ${dictionary:+-dict="$dictionary"} \
  "$out/corpus" "$out/seeds/$fuzzer" > "$out/log" 2>&1
status=$?
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/log")
reached=$(sed -n 's/.*\(cov: [0-9]* ft: [0-9]*\).*/\1/p' "$out/log" | tail -n 1)
echo "$fuzzer: $(($(date +%s) - begun)) s, ${runs:-0} runs, $reached"
[ $status -ne 0 ] || exit 0
grep -v '^#' "$out/log" | tail -n 60
echo "$fuzzer: a finding; its input is in $findings"
exit 1
