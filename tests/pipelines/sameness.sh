# Same command, same result: twice, at any number of threads, at any cut into shards.
. "$(dirname "$0")/common.sh"

same() {
  [ "$(fingerprint "$1")" = "$(fingerprint "$2")" ] || fail "$1 and $2 differ"
}

source='synth:shapes?count=90&size=16'
for t in 1 2 4; do
  cs-sample "$source" -o "images$t.lmdb" --threads $t
  cs-augment "images$t.lmdb" -o "views$t.lmdb" --views 3 --threads $t
done
cs-sample "$source" -o parts --shards 4 --threads 2
cs-augment parts -o views-of-parts.lmdb --views 3
mkdir parts-of-views
for part in parts/*.lmdb; do
  cs-augment "$part" -o "parts-of-views/${part##*/}" --views 3
done
for other in images2.lmdb images4.lmdb parts; do same images1.lmdb $other; done
for other in views2.lmdb views4.lmdb views-of-parts.lmdb parts-of-views; do
  same views1.lmdb $other
done
cs-sample "$source" -o other.lmdb --seed 1
[ "$(fingerprint images1.lmdb)" != "$(fingerprint other.lmdb)" ] || fail "the seed has no effect"

cs-train --method simclr --images images1.lmdb -o a.safetensors $small
cs-train --method simclr --images images1.lmdb -o b.safetensors $small
cs-train --method simclr --images parts -o c.safetensors $small
cmp a.safetensors b.safetensors || fail "cs-train is not repeatable"
[ "$(weights a.safetensors)" = "$(weights c.safetensors)" ] || fail "the cut changes cs-train"
two=$(echo "$small" | sed 's/--threads 1/--threads 2/')
cs-train --method simclr --images images1.lmdb -o a2.safetensors $two
cs-train --method simclr --images images1.lmdb -o b2.safetensors $two
cmp a2.safetensors b2.safetensors || fail "cs-train is not repeatable with two threads"

for t in 1 2 3; do
  cs-query views1.lmdb --victim a.safetensors -o "answers$t.lmdb" --batch 64 --threads $t
  same answers1.lmdb "answers$t.lmdb"
done
cs-query views1.lmdb --victim a.safetensors -o again.lmdb --batch 64
same answers1.lmdb again.lmdb
mkdir parts-of-answers
for part in parts-of-views/*.lmdb; do
  cs-query "$part" --victim a.safetensors -o "parts-of-answers/${part##*/}" --batch 64
done
same answers1.lmdb parts-of-answers
# Answers cut otherwise than the images join with them.
cs-train --method cont-steal --images images1.lmdb --answers answers1.lmdb -o s1.safetensors $small
cs-train --method cont-steal --images parts --answers parts-of-answers -o s2.safetensors $small
cs-train --method cont-steal --images parts --answers answers1.lmdb -o s3.safetensors $small
for s in s2 s3; do
  [ "$(weights s1.safetensors)" = "$(weights $s.safetensors)" ] || fail "the cut changes the attack"
done
