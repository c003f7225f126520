#!/bin/sh
# Runs fuzzers: run.sh BUILD SECONDS [FUZZER...], all of them or those named, e.g. npy_fuzz; each for
# SECONDS, two at a time. BUILD was configured with CS_FUZZ and holds what is left: fuzz/corpus, where
# a later run goes on, fuzz/FUZZER.log, and fuzz/findings, one file for each input that crashed,
# leaked, took 10 seconds or over 256 MiB at once. Exits 1 if a fuzzer found anything.
set -u
[ $# -ge 2 ] || { echo "usage: run.sh BUILD SECONDS [FUZZER...]" >&2; exit 2; }
programs=$(cd "$1/tests/fuzz" && pwd) || exit 2
mkdir -p "$1/fuzz/findings" && out=$(cd "$1/fuzz" && pwd) || exit 2
dictionaries=$(cd "$(dirname "$0")" && pwd) || exit 2
seconds=$2
shift 2
[ $# -gt 0 ] || set -- $(cd "$programs" && ls -- *_fuzz)
"$programs/write_seeds" "$out/seeds" || exit 1
export programs out dictionaries seconds
export ASAN_OPTIONS=quarantine_size_mb=16 UBSAN_OPTIONS=print_stacktrace=1

# One fuzzer; the last line of its log that counts coverage is part of the report.
# shellcheck disable=SC2016 -- the inner shell expands these
run_one='
  mkdir -p "$out/corpus/$1"
  dictionary=$dictionaries/${1%_fuzz}.dict
  [ -f "$dictionary" ] || dictionary=
  begun=$(date +%s)
  "$programs/$1" -max_total_time="$seconds" -max_len=4096 -timeout=10 -malloc_limit_mb=256 \
    -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$out/findings/$1-" \
    ${dictionary:+-dict="$dictionary"} "$out/corpus/$1" "$out/seeds/$1" > "$out/$1.log" 2>&1
  status=$?
  runs=$(sed -n "s/^stat::number_of_executed_units: *//p" "$out/$1.log")
  reached=$(sed -n "s/.*\(cov: [0-9]* ft: [0-9]*\).*/\1/p" "$out/$1.log" | tail -n 1)
  echo "$1: $(($(date +%s) - begun)) s, ${runs:-0} runs, $reached"
  [ $status -eq 0 ] && exit 0
  tail -n 40 "$out/$1.log"
  echo "$1: a finding: $(ls -t "$out/findings" | grep "^$1-" | head -n 1), in $out/findings"
  exit 1'
printf '%s\n' "$@" | xargs -P 2 -I {} sh -c "$run_one" sh {} || exit 1
