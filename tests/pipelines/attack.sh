# pipelines/attack.mk: complete, repeatable, and nothing is made twice.
. "$(dirname "$0")/common.sh"

cat > study.mk <<EOF
BIN := $(dirname "$(command -v cs-sample)")
WORK := \$(OUT)
STUDY := table
OWNER := 'synth:shapes?count=60&size=16' --seed 1
ATTACKER := 'synth:shapes?count=40&size=16' --seed 2
TEST := 'synth:shapes?count=40&size=16' --seed 3
ROWS := victim pixels untrained own_simclr mse cont_steal
BUDGET := 40
VIEWS := 2
ARCH := resnet10
STEM := imagenet
SEED := 1
THREADS := 1
VICTIM_EPOCHS := 1
EPOCHS := 1
RECIPE := --batch 20
all: \$(OUT)/table.txt
include $here/pipelines/attack.mk
EOF
run() { make -f study.mk --no-builtin-rules "$@"; }

run OUT=one > log1
run OUT=two -j 2 > log2
for row in victim pixels untrained own-simclr mse cont-steal; do
  grep -q "^$row" one/table.txt || fail "no row $row"
done
# Every column but seconds.
cols() { awk '{NF -= 1; print}' "$1"; }
[ "$(cols one/table.txt)" = "$(cols two/table.txt)" ] || fail "make -j changes the table"
awk '$1 ~ /^mse/ && $2 == 40 && $3 == 40 {m = 1} $1 ~ /^cont-steal/ && $2 == 80 && $3 == 40 {c = 1}
     END {exit !(m && c)}' one/table.txt || fail "the table does not state what answers cost"

run OUT=one | grep -q 'Nothing to be done' || fail "a second run does something"
rm one/mse-*.safetensors
run OUT=one > log3
for word in cs-sample cs-augment 'answers-' 'method simclr' 'method cont-steal'; do
  if grep -q -- "$word" log3; then
    # Answers are allowed as an input of the one training.
    [ "$word" = 'answers-' ] && ! grep -- "$word" log3 | grep -qv 'method mse' && continue
    fail "removing one surrogate remade: $word"
  fi
done
grep -q 'method mse' log3 || fail "the surrogate was not made again"
