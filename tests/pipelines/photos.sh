# Images of several sizes, kept as files: the whole attack on them, decoded wherever they are seen.
. "$(dirname "$0")/common.sh"

study() {
  make -f "$here/pipelines/studies/photos.mk" BIN="$(dirname "$(command -v cs-sample)")" WORK=out \
    PHOTO_COUNT=180 ARCH=resnet20 MEASURES=linear,knn BUDGET=20 VIEWS=2 SIZE=32 VICTIM_EPOCHS=1 \
    VICTIM_RECIPE=--batch=26 EPOCHS=1 BATCH=10 "$@"
}
study > log
table=$(echo out/victim-*/table-*.txt)
for row in victim untrained mse cont-steal; do
  grep -q "^$row" "$table" || fail "no row $row"
done
study | grep -q "Nothing to be done" || fail "a second run made something"

for set in out/owner-*.lmdb out/labeled-*.lmdb out/attacker-n10-s1.lmdb out/test-*.lmdb; do
  cs-show "$set" | grep -q '^column: image files' || fail "$set holds no files"
done
# The parts of a split share no image, and none is lost.
for set in out/owner-*.lmdb out/labeled-*.lmdb out/test-*.lmdb; do cs-show --list "$set"; done |
  grep -v '^#' | cut -f 4 > names
[ "$(sort names | uniq -d | wc -l)" = 0 ] || fail "parts share images"
[ "$(wc -l < names)" = 140 ] || fail "$(wc -l < names) names of 7 of 9 parts of 180"
# The files are those of the archive, byte by byte.
cs-show --export files --as source out/test-*.lmdb
mkdir packed
tar -xf out/photos-s1.tar -C packed
grep -v '^#' files/index.tsv | while read -r id _ _ name; do
  cmp "files/$id.jpg" "packed/$name" || fail "$name is not what was packed"
done
# Raw and encoded samples of the same images are answered alike.
victim=$(echo out/victim-*/victim.safetensors)
cs-sample -o raw.lmdb out/photos-s1.tar --split 3:2:2:2 --part 3 --seed 1 --size 32
cs-query -o raw-answers.lmdb --victim "$victim" raw.lmdb
cs-query -o answers.lmdb --victim "$victim" out/test-*.lmdb
cs-show --export a --as npy raw-answers.lmdb
cs-show --export b --as npy answers.lmdb
cmp a/embedding.npy b/embedding.npy || fail "answers differ"
