# pipelines/studies on CIFAR-10 and MNIST, which here are few synthetic images: complete, repeatable, and
# nothing is made or asked twice.
. "$(dirname "$0")/common.sh"

for part in train:400 test:40; do
  name=${part%:*}
  cs-sample "synth:shapes?count=${part#*:}&size=16" --seed "${part#*:}" -o "$name.lmdb"
  cs-show --export "$name" --as png "$name.lmdb"
  grep -v '^#' "$name/index.tsv" | while read -r id _ class _; do
    mkdir -p "images/$name/$class"
    mv "$name/$id.png" "images/$name/$class/"
  done
done
bin=$(dirname "$(command -v cs-sample)")
limit=
# study NAME FOLDER VARIABLE...
study() {
  name=$1 folder=$2
  shift 2
  $limit make -f "$here/pipelines/studies/$name.mk" --no-print-directory BIN="$bin" WORK="$folder" CIFAR10=images \
    MNIST=images OWNED=60 LABELS=210 BUDGET=40 VIEWS=2 BATCH=20 EPOCHS=1 VICTIM_EPOCHS=1 PUBLISHED_EPOCHS=2 \
    ARCH=resnet20 VICTIM_RECIPE=--batch=20 PRETRAIN_EPOCHS=1 PRETRAIN_BATCH=20 \
    PUBLISHED=published.rows NEW_TRAIN='images --prefix train -n 210 --seed 5' "$@"
}
surrogates="label posterior posterior-kl mse cosine infonce softnn stolen-encoder barlow rda \
cont-steal-code cont-steal"
calls() { cs-show one/cache | awk '$3 == "attack" {sum += $5} END {print sum}'; }

# Of the published rows those whose answers cost more.
grep -E '^(#|victim|barlow|rda|cont-steal)' "$here/pipelines/studies/published.rows" > published.rows
study cifar10 one > log
table=$(echo one/victim-*/table-*.txt)
published=$(echo one/victim-*/published-*.txt)
for row in victim pixels untrained own-simclr $surrogates; do
  grep -q "^$row" "$table" || fail "no row $row"
done
# Every attack spends as many calls, those on views on fewer images; as published they spend more.
awk '$1 ~ /^(label|posterior|mse|cosine|infonce|softnn|stolen)/ && $2 == 40 && $3 == 40 {plain++}
     $1 ~ /^(cont-steal|barlow)/ && $2 == 40 && $3 == 20 {views++}
     $1 ~ /^rda/ && $2 == 40 && $3 == 4 {views++}
     END {exit !(plain == 8 && views == 4)}' "$table" || fail "the table does not state the costs"
awk '$1 ~ /^published-(cont-steal|barlow)/ && $2 == 80 && $3 == 40 {n++}
     $1 ~ /^published-rda/ && $2 == 400 && $3 == 40 {n++} END {exit n != 4}' "$published" ||
  fail "the views of all images are not what the published attacks are charged"
# The two steps of 40 images, also where there are fewer: 20 in one step, 4 in one of all.
for row in mse-n40 cont-steal-n20 barlow-n20 rda-n4; do
  epochs=$(cat one/victim-*/$row-*-e1-s1.train.jsonl | wc -l)
  [ "$epochs" = "$([ $row = mse-n40 ] && echo 1 || echo 2)" ] || fail "$row: $epochs epochs"
done
# 40 plain images at each level, 20 x 2 and 40 x 2 views, 20 x 2 and 40 x 2 for barlow, 4 x 10 and
# 40 x 10 for rda: the first views of an image are the same.
asked=$(calls)
[ "$asked" -le 800 ] || fail "$asked calls for 800 answers"

study cifar10 one | grep -q 'Nothing to be done' || fail "a second run does something"
rm one/victim-*/mse-*.safetensors
study cifar10 one > log
grep -q 'method mse' log || fail "the surrogate was not made again"
for word in cs-sample cs-augment 'method simclr' 'method cont-steal' 'account attack'; do
  if grep -q -- "$word" log; then fail "removing one surrogate remade: $word"; fi
done

# A run that is interrupted goes on, and ends with the same numbers (every column but seconds).
grep -E '^(#|(victim|pixels|label|cont-steal)( |$))' "$here/pipelines/studies/cifar10.rows" > few.rows
limit="timeout 4"
study cifar10 two ROWS=few.rows PUBLISHED= -j 2 > /dev/null 2>&1 || true
limit=
study cifar10 two ROWS=few.rows PUBLISHED= -j 2 > log
numbers() { awk '/^(victim|pixels|label|cont-steal-n)/ {NF -= 1; print}' "$1"; }
[ "$(numbers "$table" | wc -l)" = 4 ] || fail "not the rows that were made twice"
[ "$(numbers "$table")" = "$(numbers "two${table#one}")" ] || fail "make -j or an interruption changes the table"

# One more line is one more row, and nothing else.
cp few.rows more.rows
echo 'mse-decay embedding - - images --method mse --weight-decay 0.1' >> more.rows
study cifar10 two ROWS=more.rows PUBLISHED= -n > log
[ "$(grep -c cs-train log)" = 1 ] && [ "$(grep -c cs-query log)" = 3 ] || fail "a line more: $(cat log)"
# Another recipe and other seeds make other surrogates of the same victim and make no call.
study cifar10 one EPOCHS=2 SEEDS='1 2' ROWS=few.rows PUBLISHED= > log
awk '$NF == 2 && /^(label|cont-steal)/ {n++} END {exit n != 2}' one/victim-*/table-*-e2-s1-2.txt ||
  fail "the seeds of a row are not merged"
[ "$(calls)" = "$asked" ] || fail "another recipe asked the victim again"
if grep -q account log; then fail "another recipe queried the victim"; fi

study downstream one ROWS=few.rows > log
for row in victim pixels label cont-steal; do
  grep -q "^$row" one/victim-*/mnist-table-*.txt || fail "no row $row on the other set"
done
if grep -q cs-train log; then fail "another set trains encoders"; fi
study ablation one > log
[ "$(grep -c '^cont-steal' one/victim-*/ablation-*.txt)" = 6 ] || fail "not the six forms of cont-steal"
[ "$(grep -c cs-train log)" = 4 ] || fail "the ablation does not train its four variants alone"
[ "$(calls)" = "$asked" ] || fail "the ablation asked the victim again"

# Pre-training asks nobody, and measures every method beside what nobody trained.
study pretrain one > log
for row in pixels untrained supervised simclr moco byol simsiam; do
  grep -q "^$row " one/pretrain-*/table.txt || fail "no row $row among pre-training methods"
done
if grep -q account log; then fail "pre-training asked the victim"; fi
study pretrain one | grep -q 'Nothing to be done' || fail "a second pre-training does something"
