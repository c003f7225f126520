# The README's walk as it stands there, but smaller, and pipelines/attack.mk at its end: nothing is made
# or asked twice.
. "$(dirname "$0")/common.sh"

cat > smaller.sed <<'EOF'
s/count=[0-9]*/count=200/
s/--epochs [0-9]*/--epochs 1 --threads 1/
s/^make -f attack.mk/& COUNT=100 EPOCHS=1 LABELED="$labeled" TRAIN="$train"/
EOF
export labeled="'synth:shapes?count=200' --seed 1"
export train="--arch resnet20 --stem imagenet --threads 1"
sed -n '/^## Five minutes by hand/,/^## Your data/p' "$here/README.md" |
  awk '/^```sh$/ {code = 1; next} /^```$/ {code = 0} code' | sed -f smaller.sed > walk.sh
[ "$(grep -c '^make -f attack.mk' walk.sh)" = 2 ] || fail "the walk does not run attack.mk twice"
ln -s "$here/pipelines" pipelines
sh -e walk.sh > log || fail "the walk stops: $(cat log)"
cd walk

grep -q '^surrogate ' ../log || fail "the walk prints no table of the attack by hand"
grep -q '"measure":"answers".*"agreement"' ../log || fail "the walk judges no copy of labels"
attack() { make -f attack.mk COUNT=100 EPOCHS=1 LABELED="$labeled" TRAIN="$train" "$@"; }
out=attack-victim
calls() { cs-show $out/cache | awk '$3 == "attack" {sum += $5} END {print sum}'; }
for row in cont-steal-n100-v1-e1-s1 mse-n100-e1-s1; do
  grep -q "^$row  *100  *100 .* +- .* +- " $out/$row.txt || fail "$row: $(cat $out/$row.txt)"
  grep -q "^victim " $out/$row.txt || fail "$row: no victim beside it"
done
# A view may be an image unchanged, which is not asked about twice.
[ "$(calls)" -le 200 ] && [ "$(calls)" -gt 180 ] || fail "$(calls) calls for 100 images and a view of each"

attack | grep -q 'Nothing to be done' || fail "a second run does something"
rm $out/mse-*.safetensors
attack METHOD=mse VIEWS= > log
grep -q 'method mse' log || fail "the surrogate is not made again"
for word in cs-sample cs-augment account 'method cont-steal'; do
  if grep -q -e "$word" log; then fail "removing one surrogate remakes: $word"; fi
done
# Options that vary are in the names: each of them makes another surrogate, and only seeds, numbers and
# views other answers.
made() { attack "$@" -n | grep -c "$word" || true; }
word=cs-train
for option in METHOD=cosine EPOCHS=2 COUNT=50 VIEWS=2 SEED=2; do
  [ "$(made $option)" = 1 ] || fail "$option trains no other surrogate"
done
word='cs-query .*embedding.lmdb'
for option in METHOD=cosine EPOCHS=2; do
  [ "$(made $option)" = 0 ] || fail "$option asks the victim again"
done
for option in COUNT=50 VIEWS=2 SEED=2; do
  [ "$(made $option)" = 1 ] || fail "$option asks the victim nothing"
done
# Tools that are not on the PATH.
bin=$(dirname "$(command -v cs-train)")
PATH=/usr/bin:/bin attack BIN="$bin" SEED=2 -n | grep -q "^$bin/cs-train " || fail "BIN is not where tools are"
