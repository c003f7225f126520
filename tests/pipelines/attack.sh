# pipelines/attack.mk and pretrain.mk: complete, repeatable, and nothing is made or asked twice.
. "$(dirname "$0")/common.sh"

cat > study.mk <<EOF
BIN := $(dirname "$(command -v cs-sample)")
WORK := \$(OUT)
CACHE := \$(OUT)/cache
source = 'synth:shapes?count=\$(1)&size=16' --seed \$(2)
OWNED := 60
LABELS := 210
BUDGET := 40
OWNER := \$(call source,60,1)
LABELED := \$(call source,210,2)
ATTACKER = \$(call source,\$(1),3)
TEST := \$(call source,40,4)
NEW_SET := other
NEW_TRAIN := \$(call source,210,5)
NEW_TEST := \$(call source,50,6)
ATTACKS := label posterior posterior_kl mse cosine infonce softnn stolen_encoder barlow rda \\
           cont_steal_code cont_steal
ROWS := victim pixels untrained own_simclr \$(ATTACKS)
PUBLISHED := \$(ATTACKS)
PUBLISHED_EPOCHS := 2
VIEWS := 2
ARCH := resnet10
STEM := imagenet
SEED := 1
SEEDS := 1
THREADS := 1
VICTIM_EPOCHS := 1
VICTIM_RECIPE := --batch 20
EPOCHS := 1
BATCH := 20
LR := 1e-3
COLUMNS := answers,answers.agreement,linear,linear.agreement,knn,knn200
METHODS := supervised simclr moco byol simsiam
PRETRAIN_EPOCHS := 1
PRETRAIN_BATCH := 20
default: all
include $here/pipelines/attack.mk
include $here/pipelines/pretrain.mk
pretrain: \$(PRETRAIN_TABLE)
all: \$(TABLE) \$(PUBLISHED_TABLE) \$(DOWNSTREAM_TABLE)
EOF
run() { make -f study.mk --no-builtin-rules "$@"; }

few="victim pixels label cont_steal"
run OUT=one > log1
run OUT=two ROWS="$few" PUBLISHED=cont_steal -j 2 > log2
table=$(echo one/victim-*/table-*.txt)
published=$(echo one/victim-*/published-n*.txt)
for row in victim pixels untrained own-simclr label posterior posterior-kl mse cosine infonce \
  softnn stolen-encoder barlow rda cont-steal-code cont-steal; do
  grep -q "^$row" "$table" || fail "no row $row"
  grep -q "^$row" one/victim-*/other-table-*.txt || fail "no row $row on the other set"
done
# Every column but seconds.
cols() { awk '/^(victim|pixels|label|cont-steal-n)/ {NF -= 1; print}' "$1"; }
[ "$(cols "$table" | wc -l)" = 4 ] || fail "not the rows that were made twice"
[ "$(cols "$table")" = "$(cols "two${table#one}")" ] || fail "make -j changes the table"
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
calls=$(cs-show one/cache | awk '$3 == "attack" {sum += $5} END {print sum}')
[ "$calls" -le 800 ] || fail "$calls calls for 800 answers"

run OUT=one | grep -q 'Nothing to be done' || fail "a second run does something"
rm one/victim-*/mse-*.safetensors
run OUT=one > log3
grep -q 'method mse' log3 || fail "the surrogate was not made again"
for word in cs-sample cs-augment 'method simclr' 'method cont-steal' 'account attack'; do
  if grep -q -- "$word" log3; then fail "removing one surrogate remade: $word"; fi
done
# Another recipe and other seeds make other surrogates of the same victim and make no call.
run OUT=one EPOCHS=2 SEEDS='1 2' ROWS='victim label cont_steal' > log4
awk '$NF == 2 && /^(label|cont-steal)/ {n++} END {exit n != 2}' one/victim-*/table-*-e2-s1-2.txt ||
  fail "the seeds of a row are not merged"
[ "$(cs-show one/cache | awk '$3 == "attack" {sum += $5} END {print sum}')" = "$calls" ] ||
  fail "another recipe asked the victim again"
if grep -q 'account' log4; then fail "another recipe queried the victim"; fi

# Pre-training asks nobody, and measures every method beside what nobody trained.
run OUT=one pretrain > log5
for row in pixels untrained supervised simclr moco byol simsiam; do
  grep -q "^$row " one/pretrain-*/table.txt || fail "no row $row among pre-training methods"
done
if grep -q account log5; then fail "pre-training asked the victim"; fi
run OUT=one pretrain | grep -q 'Nothing to be done' || fail "a second pre-training does something"
