# A run that is killed at 20 random moments, and goes on each time, ends with the bytes of one that
# never stopped. KILL_SEED=N chooses the moments.
. "$(dirname "$0")/common.sh"

state=${KILL_SEED:-$(date +%s)}
echo "KILL_SEED=$state"
# Sets `drawn` to one of 0 to $1-1.
draw() {
  state=$(((state * 1103515245 + 12345) % 2147483648))
  drawn=$((state / 65536 % $1))
}
now() { echo $(($(date +%s%N) / 1000000)); }

# The optimizer's buffers, the weights that follow, the queue and the schedule all matter.
run() {
  exec cs-train -o out.safetensors --method moco --images images.lmdb --log run.log --arch resnet20 \
    --stem imagenet --threads 1 --precision f32 --batch 16 --epochs 6 --warmup 2 --queue 80 \
    --optimizer adam --lr 1e-3 --projector 64,32 "$@"
}
# Waits until the log is there: the run has read its images and starts or goes on.
await_start() {
  until [ -e run.log ] || ! kill -0 $pid 2> /dev/null; do sleep 0.01; done
}
without_times() { sed 's/,"seconds".*//' "$1"; }
done_as_it_should() {
  cmp out.safetensors whole.safetensors || fail "another output"
  without_times run.log > killed.log
  without_times whole.log | cmp killed.log - || fail "another log"
  [ ! -e out.safetensors.checkpoint ] || fail "the checkpoint stays"
  if ls out.safetensors.* 2> /dev/null; then fail "something stays"; fi
  rm out.safetensors run.log
  runs=$((runs + 1))
}

cs-sample -o images.lmdb 'synth:shapes?count=64&size=16'
begin=$(now)
(run) &
pid=$!
await_start
start=$(now)
wait $pid
whole=$(($(now) - begin)) training=$(($(now) - start))
mv out.safetensors whole.safetensors
mv run.log whole.log
[ "$(wc -l < whole.log)" -eq 6 ] || fail "not the log of 6 epochs"

kills=0 saved=0 runs=0 tries=0
while [ $kills -lt 20 ]; do
  tries=$((tries + 1))
  [ $tries -le 100 ] || fail "$kills kills only"
  rm -f run.log
  if [ $((kills % 2)) -eq 0 ]; then
    signal=KILL every=0
  else
    signal=TERM every=10
  fi
  (run --checkpoint-every $every 2> err) &
  pid=$!
  if [ $signal = KILL ]; then
    draw $whole
  else
    await_start
    draw $training
  fi
  sleep "$(printf '%d.%03d' $((drawn / 1000)) $((drawn % 1000)))"
  kill -$signal $pid 2> /dev/null || true
  status=0
  wait $pid 2> /dev/null || status=$?
  case $signal$status in
  KILL137) kills=$((kills + 1)) ;;
  TERM4)
    kills=$((kills + 1)) saved=$((saved + 1))
    grep -Eqx "cs-train: training: stopped in epoch [0-5], step [1-4]; out\.safetensors\.checkpoint is \
complete, the same command goes on from it" err || fail "TERM: $(cat err)"
    [ -e out.safetensors.checkpoint ] || fail "TERM: no checkpoint"
    ;;
  KILL0 | TERM0) ;;
  *) fail "$signal: exit $status: $(cat err)" ;;
  esac
  if [ $status -ne 4 ] && [ -s err ]; then fail "$signal: $(cat err)"; fi
  # Killed between the publication of the output and the removal of its checkpoint.
  if [ $status -ne 0 ] && [ -e out.safetensors ]; then
    cmp out.safetensors whole.safetensors || fail "another output"
    rm -f out.safetensors out.safetensors.*
  elif [ -e out.safetensors ]; then
    done_as_it_should
  fi
done
rm -f run.log
(run)
done_as_it_should
[ $saved -eq 10 ] || fail "$saved checkpoints on SIGTERM"
echo "$kills kills, $runs runs"
