#!/bin/sh
# Measures the goals for a GPU and makes the cifar10 table at full size, on a machine with LibTorch for CUDA,
# a C++ compiler, CMake and Python, without network, in at most 30 minutes on one H200.
#
# usage: run.sh DATA OUT [DEPS]
#
# DATA and DEPS are the folders data/ and deps/ that pack.sh makes; without DEPS the packages are the
# system's. OUT gets small files: summary.txt (goal, measured, met), table.txt, table.jsonl, victim.jsonl,
# probe.jsonl, steal.jsonl, utilization.txt and log.txt. Everything large is in WORK, where a second call
# goes on: what is done is not done again, and a training that LIMIT cut short continues. After a step that
# fails the others still run.
#
# Variables: WORK [/tmp/cont-steal-gpu], LIMIT (seconds for this call; steps that do not fit wait for the next)
# [1800], TORCH (prefix of LibTorch) [that of python3's torch], DEVICE=cpu (a trial without a GPU), ARCH [resnet18], STEM [cifar], EPOCHS of the victim
# and of the timed attack [100], BATCH of the victim [512], TABLE_EPOCHS [40] and TABLE_BATCH [256] of the
# table's surrogates, JOBS trainings of the table side by side [3].
set -eu
[ $# -eq 2 ] || [ $# -eq 3 ] || { echo "usage: run.sh DATA OUT [DEPS]" >&2; exit 2; }
for part in train.lmdb test.lmdb part2.lmdb part10.lmdb count; do
  [ -e "$1/$part" ] || { echo "run.sh: $1: has no $part; make it with pack.sh" >&2; exit 2; }
done
WORK=${WORK:-/tmp/cont-steal-gpu}
mkdir -p "$2" "$WORK/table"
data=$(cd "$1" && pwd) out=$(cd "$2" && pwd) work=$(cd "$WORK" && pwd)
deps=${3:-${DEPS:-}}
[ -z "$deps" ] || deps=$(cd "$deps" && pwd)
cd "$(dirname "$0")/../.."

: "${DEVICE:=cuda}" "${LIMIT:=1800}" "${ARCH:=resnet18}" "${STEM:=cifar}" "${EPOCHS:=100}" "${BATCH:=512}"
: "${TABLE_EPOCHS:=40}" "${TABLE_BATCH:=256}" "${JOBS:=3}"
deadline=$(($(date +%s) + LIMIT))
images=$(cat "$data/count")
build=$work/build bin=$work/build/bin
steps=$work/steps-$DEVICE-$ARCH-$STEM-n$images-e$EPOCHS-b$BATCH-e$TABLE_EPOCHS-b$TABLE_BATCH.tsv
cores=$(nproc)
threads=$(((cores + JOBS - 1) / JOBS))
touch "$steps"

# --- steps ----------------------------------------------------------------------------------------

is_done() { grep -q "^$1	.*	done$" "$steps"; }

# step NAME COMMAND...: runs it until the deadline at most, unless it was done before with these settings; its
# output goes to log.txt, its seconds to the list of steps. What builds is always run, for the code may change.
step() {
  name=$1
  shift
  case $name in
    configure | build) ;;
    *) if is_done "$name"; then return; fi ;;
  esac
  begin=$(date +%s)
  left=$((deadline - begin))
  echo "== $name: $*" >> "$out/log.txt"
  if [ "$left" -le 0 ]; then
    status="no time left"
  elif timeout -k 20 "$left" "$@" >> "$out/log.txt" 2>&1 < /dev/null; then
    status="done"
  else
    code=$?
    status="failed ($code)"
    [ "$code" -ne 124 ] || status="cut short"
  fi
  printf '%s\t%s\t%s\n' "$name" $(($(date +%s) - begin)) "$status" | tee -a "$steps"
}

# The cifar10 study; its draws are DATA's shards, so it needs no cs-sample, which this build lacks.
study() {
  step "$1" "$make" -f pipelines/studies/cifar10.mk --no-print-directory -o "$bin/cs-sample" -j "$JOBS" \
    CIFAR10="$data" BIN="$bin" WORK="$work/table" ARCH="$ARCH" STEM="$STEM" SEED=1 OWNED="$images" \
    LABELS="$images" BUDGET="$images" SIZE=32 VICTIM_EPOCHS="$EPOCHS" \
    VICTIM_RECIPE="--recipe dkobak --batch $BATCH" EPOCHS="$TABLE_EPOCHS" BATCH="$TABLE_BATCH" \
    THREADS="$2" PUBLISHED= PUBLISHED_EPOCHS=1 "$3"
}

# --- build ----------------------------------------------------------------------------------------

make=$(command -v make || echo "$deps/bin/make")
prefix=$deps
flags=
if [ -n "$deps" ]; then
  # RPATH, not RUNPATH: what the libraries in DEPS load is in DEPS, too.
  flags="-Wl,--disable-new-dtags,-rpath,$deps/lib,-rpath-link,$deps/lib,--allow-shlib-undefined"
  export PKG_CONFIG_LIBDIR="$deps/lib/pkgconfig"
  command -v pkg-config > /dev/null || export PKG_CONFIG="$deps/bin/pkg-config"
fi
if [ "$DEVICE" = cpu ]; then
  export CUDA_VISIBLE_DEVICES=
else
  [ -n "${TORCH:-}" ] || TORCH=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')
  command -v nvcc > /dev/null || PATH=$PATH:/usr/local/cuda/bin
  export TORCH_CUDA_ARCH_LIST="${TORCH_CUDA_ARCH_LIST:-9.0}"
  for folder in "$TORCH"/../../../nvidia/*/lib; do  # what a wheel of PyTorch loads lies beside it
    [ ! -d "$folder" ] || export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder"
  done
fi
export TORCH="${TORCH:-}"
[ -z "$TORCH" ] || prefix="${prefix:+$prefix;}$TORCH"
generator='Unix Makefiles'
! command -v ninja > /dev/null || generator=Ninja
configure() {
  step configure cmake -S . -B "$build" -G "$generator" -DCS_IMAGE_FILES=OFF -DCS_ONNX=OFF \
    -DCS_TESTS=OFF \
    -DCMAKE_EXE_LINKER_FLAGS="$flags" "$@"
}
configure -DCMAKE_PREFIX_PATH="$prefix"
# LibTorch's own configuration wants all of the CUDA toolkit, of which nothing is needed here.
if [ -n "$TORCH" ] && ! tail -n 1 "$steps" | grep -q 'done$'; then
  rm -f "$build/CMakeCache.txt"
  configure -DCMAKE_PREFIX_PATH="$deps" -DTorch_DIR="$PWD/bench/gpu/torch"
fi
step build cmake --build "$build" -j "$cores"

# --- data -----------------------------------------------------------------------------------------

# The draws by the names of pipelines/studies/study.mk: the owner, the labeled set and the attacker have all images.
for name in "owner-n$images" "labeled-n$images" "attacker-n$images"; do
  ln -sfn "$data/train.lmdb" "$work/table/$name-s1.lmdb"
done
for parts in 2 10; do
  ln -sfn "$data/part$parts.lmdb" "$work/table/attacker-n$((images / parts))-s1.lmdb"
done
ln -sfn "$data/test.lmdb" "$work/table/test-s1.lmdb"
here=$work/table/victim-simclr-$ARCH-$STEM-n$images-e$EPOCHS-s1
answers=$here/attacker-n$images-s1-cont-steal-views1.embedding.lmdb
steal=$here/steal-e$EPOCHS

# --- goals ----------------------------------------------------------------------------------------

# `auto` would train on the CPU where CUDA does not work.
step device "$bin/cs-train" -f --method simclr --images "$data/test.lmdb" --size 32 --epochs 0 \
  --device "$DEVICE" -o "$work/untrained.safetensors"
if ! is_done device; then
  tail -n 20 "$out/log.txt" >&2
  exit 1
fi

if [ "$DEVICE" != cpu ] && ! is_done victim; then
  nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits -l 1 >> "$work/utilization.txt" &
  sampler=$!
  trap 'kill $sampler 2> /dev/null || true' EXIT
fi
study victim "$cores" "$here/victim.safetensors"
[ -z "${sampler:-}" ] || kill "$sampler" 2> /dev/null || true
study probe "$cores" "$here/victim.probe.jsonl"
study answers "$cores" "$answers"
step steal "$bin/cs-train" -f --method cont-steal --images "$data/train.lmdb" --answers "$answers" \
  --size 32 --arch "$ARCH" --stem "$STEM" --epochs "$EPOCHS" --threads "$cores" --log "$steal.train.jsonl" \
  -o "$steal.safetensors"
study table "$threads" study

# --- what is handed back --------------------------------------------------------------------------

copy() { [ ! -e "$1" ] || cp "$1" "$out/$2"; }
copy "$here/victim.train.jsonl" victim.jsonl
copy "$here/victim.probe.jsonl" probe.jsonl
copy "$steal.train.jsonl" steal.jsonl
[ "$DEVICE" = cpu ] || copy "$work/utilization.txt" utilization.txt
for table in "$here"/table-*.txt; do copy "$table" table.txt; done
for lines in "$here"/*.jsonl; do
  [ ! -e "$lines" ] || { echo "# ${lines##*/}" && cat "$lines"; }
done > "$out/table.jsonl"
python3 bench/gpu/summary.py "$out" "$steps" "$images" | tee "$out/summary.txt"
