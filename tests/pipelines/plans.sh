# What attack.mk and the studies would run, from `make -n`: every training with its images, answers and epochs.
. "$(dirname "$0")/common.sh"

mkdir cifar mnist
bin=$(dirname "$(command -v cs-sample)")
# commands FILE VARIABLE...: those of make, one a line.
commands() {
  file=$1
  shift
  make -f "$here/pipelines/$file" -n --no-print-directory BIN="$bin" WORK=out "$@" | sed -e ':join' -e '/\\$/{N;s/\\\n//;b join' -e '}' |
    sed -e 's/[ \t][ \t]*/ /g' -e 's|[^ ]*/||g' -e 's/\.lmdb//g' -e 's/\.safetensors//g'
}
plan() {
  name=$1
  shift
  commands "studies/$name.mk" CIFAR10=cifar MNIST=mnist BUDGET=1000 BATCH=100 EPOCHS=6 VIEWS=4 "$@"
}
# The trainings of a plan: output method images answers epochs seed; answers `-` where there are none.
trainings() {
  awk '$1 == "cs-train" {
    delete of; of["--answers"] = "-"
    for (i = 2; i < NF; ++i) if ($i ~ /^--?[a-z]/) of[$i] = $(i + 1)
    print of["-o"], of["--method"], of["--images"], of["--answers"], of["--epochs"], of["--seed"]
  }' | sort
}
same() {
  sort > wanted
  trainings < plan | diff wanted - > differences || fail "$1: $(cat differences)"
}

touch victim.safetensors
commands attack.mk COUNT=50 VIEWS=2 SEED=3 QUERY='--input-size 64' > plan
same "attack.mk" <<'EOF'
cont-steal-n50-v2-e20-s3 cont-steal attacker-n50 attacker-n50-s3-cont-steal-views2.embedding 20 3
EOF
grep -q '^cs-augment attacker-n50 --views 2 --policy cont-steal --seed 3 ' plan || fail "attack.mk: not the views"
grep -q '^cs-query attacker-n50-s3-cont-steal-views2 --victim victim --input-size 64 --cache' plan ||
  fail "attack.mk: not the views are asked about"
[ "$(grep -c '^cs-query.* --victim victim --input-size 64 .*--account evaluation' plan)" = 2 ] ||
  fail "attack.mk: evaluation is on the attacker's account"
[ "$(grep -c '^cs-sample.* --exclude test ' plan)" = 2 ] || fail "attack.mk: test images are not excluded"
grep -q '^cs-probe --train cont-steal-.*.labeled --test cont-steal-.*.test .*--agreement victim.says' plan ||
  fail "attack.mk: not the probe of the surrogate"
commands attack.mk COUNT=50 METHOD=mse VIEWS= > plan
same "attack.mk on images" <<'EOF'
mse-n50-e20-s1 mse attacker-n50 attacker-n50.embedding 20 1
EOF
if grep -q '^cs-augment' plan; then fail "attack.mk: VIEWS= makes views"; fi

# 10 steps an epoch, 60 in all. 250 images make 2 steps, 500 5, and 100 images in one step.
plan cifar10 PUBLISHED= > plan
same "the attacks" <<'EOF'
victim simclr owner-n40000-s1 - 30 1
untrained simclr attacker-n1000-s1 - 0 1
own-simclr-n1000-b100-lr1e-3-e6-s1 simclr attacker-n1000-s1 - 6 1
label-n1000-b100-lr1e-3-e6-s1 label attacker-n1000-s1 attacker-n1000-s1.label 6 1
posterior-n1000-b100-lr1e-3-e6-s1 posterior attacker-n1000-s1 attacker-n1000-s1.posterior 6 1
posterior-kl-n1000-b100-lr1e-3-e6-s1 posterior attacker-n1000-s1 attacker-n1000-s1.posterior 6 1
mse-n1000-b100-lr1e-3-e6-s1 mse attacker-n1000-s1 attacker-n1000-s1.embedding 6 1
cosine-n1000-b100-lr1e-3-e6-s1 cosine attacker-n1000-s1 attacker-n1000-s1.embedding 6 1
infonce-n1000-b100-lr1e-3-e6-s1 infonce attacker-n1000-s1 attacker-n1000-s1.embedding 6 1
softnn-n1000-b100-lr1e-3-e6-s1 softnn attacker-n1000-s1 attacker-n1000-s1.embedding 6 1
stolen-encoder-n1000-b100-lr1e-3-e6-s1 stolen-encoder attacker-n1000-s1 attacker-n1000-s1.embedding 6 1
barlow-n500-v2-b100-lr1e-3-e6-s1 barlow attacker-n500-s1-simclr-views2 attacker-n500-s1-simclr-views2.embedding 12 1
rda-n100-v10-b100-lr1e-3-e6-s1 rda attacker-n100-s1 attacker-n100-s1-rda-prototype-views10.embedding 60 1
cont-steal-code-n250-v4-b100-lr1e-3-e6-s1 cont-steal-code attacker-n250-s1-cont-steal-views4 attacker-n250-s1-cont-steal-views4.embedding 30 1
cont-steal-n250-v4-b100-lr1e-3-e6-s1 cont-steal attacker-n250-s1 attacker-n250-s1-cont-steal-views4.embedding 30 1
EOF
# Each answer is asked for once in the attacker's name, each view made once.
[ "$(grep -c -e '--account attack' plan)" = 6 ] || fail "not six sets of answers"
for kind in 'label --head victim.head' 'posterior --head victim.head' 'embedding$'; do
  grep -q "^cs-query .*--account attack --answer $kind" plan || fail "nobody asks for $kind"
done
[ "$(grep -c '^cs-augment' plan)" = 3 ] || fail "not three sets of views"
grep -q '^cs-augment .* attacker-n500-s1 -o attacker-n500-s1-simclr-views2 --views 2 --policy simclr' plan ||
  fail "not the views of barlow"
for head in victim label posterior posterior-kl; do
  grep -q "^cs-query .* test-s1 -o \($head\|$head-n1000.*\).own-head --victim \1 --head \1.head --answer label" plan &&
    grep -q "^cs-probe .*--answers $head.*own-head --agreement victim.own-head " plan || fail "$head is not judged by its head"
done
grep -q '^cs-train .*-o posterior-kl.* --posterior-loss kl .* --save-head posterior-kl' plan || fail "no head is stolen"
# What agreement is measured against, and every probe.
grep -q '^cs-query .*test-s1 -o victim.own-head --victim victim --head victim.head --answer label .*evaluation' plan ||
  fail "the victim's predictions are not those of its head on the test images"
for row in pixels untrained mse-n1000-b100-lr1e-3-e6-s1; do
  grep -q "^cs-probe .*--train $row.labeled --test $row.test --agreement victim.own-head > $row.probe.jsonl" plan ||
    fail "not the probe of $row"
done
[ -e out/victim-simclr-resnet10-imagenet-n40000-e30-s1/table-n1000-v4-b100-lr1e-3-e6-s1.mk ] ||
  fail "the folder is not named after the victim"
# Nothing that is learned from, trained on or asked about is tested on.
[ "$(grep '^cs-sample' plan | grep -c -v -e '-o test-s1' -e '--exclude test-s1')" = 0 ] || fail "test images are not excluded"
grep '^cs-table' plan | grep -q "^cs-table victim.probe.jsonl victim.train.jsonl victim.own-head.jsonl pixels.probe.jsonl \
untrained.probe.jsonl untrained.train.jsonl own-simclr-.* --columns answers,answers.agreement,linear,linear.agreement,\
knn,knn200 > table-n1000-v4-b100-lr1e-3-e6-s1.txt" || fail "the table: $(grep '^cs-table' plan)"

plan cifar10 ROWS= TABLES='$(PUBLISHED_TABLE)' PUBLISHED_EPOCHS=8 > plan
same "the published attacks" <<'EOF'
victim simclr owner-n40000-s1 - 30 1
untrained simclr attacker-n1000-s1 - 0 1
published-label-n1000-e8-s1 label attacker-n1000-s1 attacker-n1000-s1.label 8 1
published-posterior-n1000-e8-s1 posterior attacker-n1000-s1 attacker-n1000-s1.posterior 8 1
published-posterior-kl-n1000-e8-s1 posterior attacker-n1000-s1 attacker-n1000-s1.posterior 8 1
published-mse-n1000-e8-s1 mse attacker-n1000-s1 attacker-n1000-s1.embedding 8 1
published-cosine-n1000-e8-s1 cosine attacker-n1000-s1 attacker-n1000-s1.embedding 8 1
published-infonce-n1000-e8-s1 infonce attacker-n1000-s1 attacker-n1000-s1.embedding 8 1
published-softnn-n1000-e8-s1 softnn attacker-n1000-s1 attacker-n1000-s1.embedding 8 1
published-stolen-encoder-n1000-e8-s1 stolen-encoder attacker-n1000-s1 attacker-n1000-s1.embedding 8 1
published-barlow-n1000-e8-s1 barlow attacker-n1000-s1-simclr-views2 attacker-n1000-s1-simclr-views2.embedding 8 1
published-rda-n1000-e8-s1 rda attacker-n1000-s1 attacker-n1000-s1-rda-prototype-views10.embedding 8 1
published-cont-steal-code-n1000-e8-s1 cont-steal-code attacker-n1000-s1-cont-steal-views8 attacker-n1000-s1-cont-steal-views8.embedding 8 1
published-cont-steal-n1000-e8-s1 cont-steal attacker-n1000-s1 attacker-n1000-s1-cont-steal-views8.embedding 8 1
EOF
grep -q '^cs-table victim.probe.jsonl .* published-label-.* > published-n1000-e8-s1.txt' plan || fail "not the published rows"
for row in cont-steal-code 'cont-steal --batch 32'; do
  grep -q "^cs-train .*--method $row --victim-view cycle " plan || fail "no stored views in turn: $row"
done
if grep '^cs-train.*-o published' plan | grep -q -e '--lr' -e '--optimizer'; then fail "a published recipe is not its source's"; fi

# Several seeds are trainings of the same victim, merged in the table; SEED is that of data and victim.
printf '%s\n' 'mse embedding - - images --method mse' > one.rows
plan ablation ROWS=one.rows SEED=3 SEEDS='1 2' > plan
same "two seeds" <<'EOF'
victim simclr owner-n40000-s3 - 30 3
mse-n1000-b100-lr1e-3-e6-s1 mse attacker-n1000-s3 attacker-n1000-s3.embedding 6 1
mse-n1000-b100-lr1e-3-e6-s2 mse attacker-n1000-s3 attacker-n1000-s3.embedding 6 2
EOF
grep -q '^cs-table .*--merge-seeds > ablation-n1000-v4-b100-lr1e-3-e6-s1-2.txt' plan || fail "seeds are not merged"

# A batch is at most all images: with 300 of 1000, 18 steps, and 100 images make one an epoch.
printf '%s\n' 'rda embedding 10 rda-prototype images --method rda' > one.rows
plan cifar10 ROWS=one.rows PUBLISHED= BATCH=300 > plan
same "a batch of more than the images" <<'EOF'
victim simclr owner-n40000-s1 - 30 1
rda-n100-v10-b300-lr1e-3-e6-s1 rda attacker-n100-s1 attacker-n100-s1-rda-prototype-views10.embedding 18 1
EOF

plan ablation > plan
grep -q '^cs-train -f .*-o cont-steal-code-.* --images attacker-n250-s1-cont-steal-views4 ' plan ||
  fail "cont-steal-code does not see what the victim saw"
for piece in no-self:--no-self-negatives positive:--positive-in-denominator \
  'released:--positive-in-denominator --symmetric' 'plain:--surrogate-view plain'; do
  grep -q "^cs-train -f .*-o cont-steal-${piece%%:*}-n250-v4-.* --method cont-steal ${piece#*:} --images" plan ||
    fail "not the variant $piece"
done

plan downstream > plan
grep -q '^cs-sample .* --prefix train -n 10000 --seed 105 --exclude mnist-test-s1 -o mnist-train-s1' plan ||
  fail "downstream: the new sets overlap"
for row in pixels mse-n1000-b100-lr1e-3-e6-s1; do
  grep -q "^cs-probe .*--train $row.mnist-train --test $row.mnist-test > $row.mnist.jsonl" plan ||
    fail "downstream: not the probe of $row"
done
grep -q '^cs-table victim.mnist.jsonl pixels.mnist.jsonl .* > mnist-table-n1000-v4-b100-lr1e-3-e6-s1.txt' plan ||
  fail "downstream: the table"

plan pretrain PRETRAIN_BATCH=64 > plan
same "pre-training" <<'EOF'
untrained simclr owner-n40000-s1 - 0 1
supervised supervised owner-n40000-s1 - 30 1
simclr simclr owner-n40000-s1 - 30 1
moco moco owner-n40000-s1 - 30 1
byol byol owner-n40000-s1 - 30 1
simsiam simsiam owner-n40000-s1 - 30 1
EOF
[ "$(grep '^cs-train' plan | grep -c -e '--batch 64')" = 3 ] || fail "the smaller batch is for another method"

# Owner, attacker, labeled and test images are draws of their own.
draws() {
  grep '^cs-sample' plan | sed 's/^cs-sample -f --threads 1 //; s/ --exclude.* -o / /; s/ -o / /' | sort > draws
  sort | diff - draws > differences || fail "the draws: $(cat differences)"
}
plan cifar10 ROWS=one.rows PUBLISHED= OWNED=700 > plan
draws <<'EOF'
cifar --prefix test test-s1
cifar --prefix train -n 100 --seed 102 attacker-n100-s1
cifar --prefix train -n 10000 --seed 104 labeled-n10000-s1
cifar --prefix train -n 700 --seed 101 owner-n700-s1
EOF
plan demo ROWS=one.rows OWNED=700 SEED=2 > plan
draws <<'EOF'
'synth:shapes?count=100' --seed 202 attacker-n100-s2
'synth:shapes?count=1000' --seed 203 test-s2
'synth:shapes?count=3000' --seed 204 labeled-n3000-s2
'synth:shapes?count=700' --seed 201 owner-n700-s2
EOF
plan photos ROWS=one.rows > plan
draws <<'EOF'
photos-s1.tar --encoded --split 3:2:2:2 --seed 1 --part 0 owner-n300-s1
photos-s1.tar --encoded --split 3:2:2:2 --seed 1 --part 1 labeled-n200-s1
photos-s1.tar --encoded --split 3:2:2:2 --seed 1 --part 2 -n 100 attacker-n100-s1
photos-s1.tar --encoded --split 3:2:2:2 --seed 1 --part 3 test-s1
EOF

# A larger image is seen at SIZE by everything that sees one.
(echo pixels && cat "$here/pipelines/studies/photos.rows") > sized.rows
plan photos ROWS=sized.rows > plan
for word in '^cs-train .*--size 64' '^cs-augment .*--size 64' '^cs-query .*--victim pixels --input-size 64'; do
  grep -q "$word" plan || fail "no $word"
done
if grep '^cs-train' plan | grep -v -q -e '--size 64'; then fail "a training without a size"; fi

# What a list may not hold is refused where it stands.
refused() {
  printf '%b\n' "$1" > wrong.rows
  if plan demo ROWS=wrong.rows > log 2>&1 && ! grep -q 'Error\|\*\*\*' log; then fail "accepted: $1"; fi
  grep -q "^wrong.rows:$(wc -l < wrong.rows): " log || fail "$1: $(cat log)"
}
refused 'mse'
refused 'mse embedding - - images'
refused 'mse embeddings - - images --method mse'
refused 'mse embedding two simclr images --method mse'
refused 'mse embedding 2 - images --method mse'
refused 'mse embedding - simclr images --method mse'
refused 'mse embedding - - views --method mse'
refused 'mse embedding - - pixels --method mse'
refused 'mse embedding - - images --method mse\nmse embedding - - images --method mse'
refused 'mse embedding 1001 simclr images --method mse'
