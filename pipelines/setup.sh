#!/bin/sh
# Installs the Debian packages that are missing (Debian 12 or 13; needs root or sudo for that).
# Usage: setup.sh build|test
set -eu

build='g++ cmake ninja-build pkg-config ccache libtorch-dev libopenblas0-pthread liblmdb-dev
  libzstd-dev libxxhash-dev libopencv-dev libjpeg-dev libpng-dev libtiff-dev zlib1g-dev
  libarchive-dev libcxxopts-dev nlohmann-json3-dev'
test='libgtest-dev groff-base mandoc python3 python3-numpy python3-torch python3-torchvision python3-scipy
  python3-sklearn python3-lmdb python3-zstandard python3-xxhash zstd'

case "${1:-}" in
  build) wanted=$build ;;
  test) wanted="$build $test" ;;
  *) echo "setup.sh: say build or test" >&2; exit 2 ;;
esac

missing=
for package in $wanted; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "setup: installing$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "setup.sh: needs root to install packages; run as root:" >&2
    echo "  apt-get install -y --no-install-recommends$missing" >&2
    exit 1
  }
  as_root=sudo
fi
$as_root apt-get update -q
# shellcheck disable=SC2086 -- a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
