# Sourced by the pipeline tests: $1 is the folder of the tools.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$(cd "$1" && pwd):$PATH
OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}  # other tests run beside these
export PATH OMP_NUM_THREADS OMP_WAIT_POLICY=passive
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

fingerprint() {
  cs-show "$1" | sed -n 's/^fingerprint: //p'
}

# The weights of an encoder without its metadata, which hold histories.
weights() {
  python3 -c '
import struct, sys
data = open(sys.argv[1], "rb").read()
sys.stdout.buffer.write(data[8 + struct.unpack("<Q", data[:8])[0]:])' "$1" | sha256sum
}

small="--arch resnet20 --stem imagenet --epochs 2 --batch 32 --threads 1 --precision f32"
