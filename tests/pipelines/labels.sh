# No attack reads ground truth: with other labels on the same images it makes the same surrogate.
. "$(dirname "$0")/common.sh"

cs-sample 'synth:shapes?count=64&size=16' -o drawn.lmdb
cs-show drawn.lmdb --export drawn
# The same files in the same order under two cuts into classes.
for cut in 10 40; do
  mkdir -p "cut$cut/a" "cut$cut/b"
  for i in $(seq 0 63); do
    class=$([ "$i" -lt "$cut" ] && echo a || echo b)
    cp "drawn/$i.png" "cut$cut/$class/$(printf %04d "$i").png"
  done
  cs-sample "cut$cut" -o "images$cut.lmdb"
  cs-augment "images$cut.lmdb" -o "views$cut.lmdb" --views 2
done
[ "$(cs-show images10.lmdb --list | cut -f1,2)" != "$(cs-show images40.lmdb --list | cut -f1,2)" ] ||
  fail "the labels are equal, this test shows nothing"

cs-train --method supervised --images images10.lmdb -o victim.safetensors $small
# The victim's head is fitted on labels that neither cut has.
cs-sample 'synth:shapes?count=200&size=16' --seed 7 -o labeled.lmdb
cs-query labeled.lmdb --victim victim.safetensors -o labeled-answers.lmdb
cs-probe --train labeled-answers.lmdb --test labeled-answers.lmdb --measure linear --l2 0.01 \
  --save-head head.safetensors > /dev/null
for cut in 10 40; do
  for level in label posterior; do
    cs-query "images$cut.lmdb" --victim victim.safetensors --head head.safetensors \
      --answer $level -o "$level-answers$cut.lmdb"
    cs-train --method $level --images "images$cut.lmdb" --answers "$level-answers$cut.lmdb" \
      -o "$level$cut.safetensors" $small
  done
  cs-query "images$cut.lmdb" --victim victim.safetensors -o "plain$cut.lmdb"
  cs-query "views$cut.lmdb" --victim victim.safetensors -o "answers$cut.lmdb"
  for method in mse cosine infonce; do
    cs-train --method $method --images "images$cut.lmdb" --answers "plain$cut.lmdb" \
      -o "$method$cut.safetensors" $small
  done
  cs-train --method cont-steal --images "images$cut.lmdb" --answers "answers$cut.lmdb" \
    -o "cont-steal$cut.safetensors" $small
  cs-train --method cont-steal-code --images "views$cut.lmdb" --answers "answers$cut.lmdb" \
    -o "cont-steal-code$cut.safetensors" $small
  cs-train --method simclr --images "images$cut.lmdb" -o "simclr$cut.safetensors" $small
  cs-train --method supervised --images "images$cut.lmdb" -o "supervised$cut.safetensors" $small
done
for method in label posterior mse cosine infonce cont-steal cont-steal-code simclr; do
  [ "$(weights ${method}10.safetensors)" = "$(weights ${method}40.safetensors)" ] ||
    fail "$method depends on labels"
done
[ "$(weights supervised10.safetensors)" != "$(weights supervised40.safetensors)" ] ||
  fail "supervised does not depend on labels: the comparison shows nothing"
