#!/bin/sh
# Makes a tar of N synthetic JPEGs of four sizes, CLASS/SIZE-ID.jpg: photographs, as far as tools care.
# Usage: photos.sh BINDIR OUTPUT N SEED
set -eu
[ $# -eq 4 ] || { echo "usage: photos.sh BINDIR OUTPUT N SEED" >&2; exit 2; }
bin=$1 output=$2 count=$(($3 / 4)) seed=$4
scratch=$(mktemp -d "$output.tmp.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
for size in 320 384 448 512; do
  "$bin/cs-sample" -o "$scratch/$size.lmdb" --seed "$seed$size" "synth:shapes?count=$count&size=$size"
  "$bin/cs-show" --export "$scratch/$size" --as jpeg "$scratch/$size.lmdb"
  grep -v '^#' "$scratch/$size/index.tsv" | while read -r id _ class _; do
    mkdir -p "$scratch/set/$class"
    mv "$scratch/$size/$id.jpg" "$scratch/set/$class/$size-$id.jpg"
  done
done
tar --sort=name --mtime=@0 --owner=0 --group=0 -cf "$scratch/set.tar" -C "$scratch/set" .
mv "$scratch/set.tar" "$output"
