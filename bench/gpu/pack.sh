#!/bin/sh
# Collects what run.sh needs on a machine that has LibTorch and a compiler but no packages and no
# network. Runs on Debian with the packages of pipelines/setup.sh and the tools built.
#
# usage: pack.sh BIN CIFAR10 OUTPUT
#
# CIFAR10 is a folder or an archive of image files train/CLASS/NAME and test/CLASS/NAME. OUTPUT gets
#
#   deps/  a prefix of headers and shared libraries: LMDB, zstd, xxHash, libjpeg, nlohmann-json, cxxopts and
#          OpenCV's core and imgproc with what they load; and make and pkgconf
#   data/  shards of the files: train.lmdb, and test.lmdb, whose pixels train.lmdb lacks; count says how many
#          images train.lmdb has, and part2.lmdb and part10.lmdb are a half and a tenth of it
#
# Together they stay under 60 MB: files, since JPEGs of 32 x 32 pixels take a tenth of their pixels.
#
# IMAGES and TEST_IMAGES draw fewer, for a trial.
set -eu
[ $# -eq 3 ] || { echo "usage: pack.sh BIN CIFAR10 OUTPUT" >&2; exit 2; }
bin=$1 cifar10=$2 output=$3
[ ! -e "$output" ] || { echo "pack.sh: $output: exists; name a new folder" >&2; exit 2; }
mkdir -p "$output"
output=$(cd "$output" && pwd)
deps=$output/deps data=$output/data
libdir=$(pkg-config --variable=libdir opencv4)
mkdir -p "$deps/bin" "$deps/include/opencv4/opencv2" "$deps/lib/pkgconfig" "$data"

# --- images ---------------------------------------------------------------------------------------

# $1: number of images, or nothing for all. The rest: source and options of cs-sample.
draw() {
  count=$1
  shift
  "$bin/cs-sample" "$@" --encoded ${count:+-n "$count"}
}
draw "${TEST_IMAGES:-}" "$cifar10" --prefix test -o "$data/test.lmdb"
draw "${IMAGES:-}" "$cifar10" --prefix train --exclude "$data/test.lmdb" -o "$data/train.lmdb"
"$bin/cs-show" "$data/train.lmdb" | sed -n 's/^records: //p' > "$data/count"
# For attacks that ask about several views of each of fewer images (pipelines/studies/cifar10.rows).
for parts in 2 10; do
  draw $(($(cat "$data/count") / parts)) "$data/train.lmdb" --seed 102 -o "$data/part$parts.lmdb"
done

# --- headers --------------------------------------------------------------------------------------

(cd /usr/include && cp -RL lmdb.h zstd.h zstd_errors.h zdict.h xxhash.h xxh3.h cxxopts.hpp nlohmann \
  jpeglib.h jerror.h jmorecfg.h "${libdir#/usr/lib/}/jconfig.h" "$deps/include")
(cd /usr/include/opencv4/opencv2 &&
  cp -RL core core.hpp imgproc imgproc.hpp opencv_modules.hpp "$deps/include/opencv4/opencv2")

# --- libraries and what they load -----------------------------------------------------------------

# Of the libraries that may stand behind BLAS and LAPACK the reference ones: OpenBLAS alone is 30 MB, and
# nothing here multiplies matrices with it.
for package in blas/libblas lapack/liblapack; do
  [ -e "$libdir/$package.so.3" ] || {
    echo "pack.sh: $libdir/$package.so.3: is missing; apt-get install libblas3 liblapack3" >&2
    exit 1
  }
done
LD_LIBRARY_PATH=$libdir/lapack:$libdir/blas
export LD_LIBRARY_PATH
loaded() { ldd "$1" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p'; }

for name in lmdb zstd xxhash jpeg opencv_core opencv_imgproc; do
  file=$libdir/lib$name.so
  soname=$(objdump -p "$file" | sed -n 's/^ *SONAME *//p')
  cp -L "$file" "$deps/lib/$soname"
  ln -s "$soname" "$deps/lib/lib$name.so"
  loaded "$file"
done | sort -u | while read -r file; do
  case ${file##*/} in
    libc.so.* | libm.so.* | libpthread.so.* | libdl.so.* | librt.so.* | ld-linux*) ;;  # the C library
    libstdc++.so.* | libgcc_s.so.* | libopencv_*) ;;  # the compiler has these; copied above
    *) cp -L "$file" "$deps/lib/" ;;
  esac
done
unset LD_LIBRARY_PATH

# --- how CMake finds them -------------------------------------------------------------------------

for name in lmdb libzstd libxxhash; do
  # What is in single quotes is expanded by pkg-config.
  # shellcheck disable=SC2016
  sed -e 's|^prefix=.*|prefix=${pcfiledir}/../..|' -e 's|^libdir=.*|libdir=${prefix}/lib|' \
      -e 's|^includedir=.*|includedir=${prefix}/include|' \
      "$libdir/pkgconfig/$name.pc" > "$deps/lib/pkgconfig/$name.pc"
done
cp -L "$(command -v make)" "$deps/bin/make"
pkgconf=$(command -v pkgconf || command -v pkg-config)
cp -L "$pkgconf" "$deps/bin/pkgconf"
loaded "$pkgconf" | grep libpkgconf | while read -r file; do cp -L "$file" "$deps/lib/"; done
cat > "$deps/bin/pkg-config" <<'WRAPPER'
#!/bin/sh
here=$(dirname "$0")
LD_LIBRARY_PATH=$here/../lib exec "$here/pkgconf" "$@"
WRAPPER
chmod +x "$deps/bin/pkg-config"

# $1: package, $2: its target: headers alone.
headers_only() {
  mkdir -p "$deps/lib/cmake/$1"
  cat > "$deps/lib/cmake/$1/$1Config.cmake" <<CONFIG
add_library($2 INTERFACE IMPORTED)
set_target_properties($2 PROPERTIES
                      INTERFACE_INCLUDE_DIRECTORIES "\${CMAKE_CURRENT_LIST_DIR}/../../../include")
CONFIG
}
headers_only nlohmann_json nlohmann_json::nlohmann_json
headers_only cxxopts cxxopts::cxxopts
mkdir -p "$deps/lib/cmake/OpenCV"
cat > "$deps/lib/cmake/OpenCV/OpenCVConfig.cmake" <<'CONFIG'
get_filename_component(prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(OpenCV_INCLUDE_DIRS "${prefix}/include/opencv4")
foreach(name core imgproc)
  add_library(opencv_${name} SHARED IMPORTED)
  set_target_properties(opencv_${name} PROPERTIES IMPORTED_LOCATION "${prefix}/lib/libopencv_${name}.so"
                        INTERFACE_INCLUDE_DIRECTORIES "${OpenCV_INCLUDE_DIRS}")
endforeach()
CONFIG

size=$(du -sm "$output" | cut -f1)
echo "gpu-pack: $output is $size MB"
[ "$size" -lt 60 ] || { echo "pack.sh: $output: 60 MB or more; see what ldd adds" >&2; exit 1; }
