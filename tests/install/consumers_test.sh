#!/usr/bin/env bash
# consumers_test.sh BUILD_DIR CMAKE CC CXX LIBDIR
# Installs into a temporary prefix, moves it, and builds and runs a C99 program by
# pkg-config and a C++20 program by find_package against that tree alone.
set -euo pipefail
build=$1 cmake=$2 cc=$3 cxx=$4 libdir=$5
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work/staged" >/dev/null
# A moved tree still works: nothing in it names the place it was installed to.
mv "$work/staged" "$work/prefix"
prefix=$work/prefix
lib=$prefix/$libdir
if grep -rlIF -e "$work/staged" -e "$build" "$prefix"; then
  echo "these files name the build or install directory"
  exit 1
fi

export PKG_CONFIG_PATH=$lib/pkgconfig
read -ra flags < <(pkg-config --cflags lutgemm)
read -ra libs < <(pkg-config --libs lutgemm)
strict=(-std=c99 -pedantic -Wall -Werror)
"$cc" "${strict[@]}" "${flags[@]}" "$here/consumer.c" -o "$work/c_shared" "${libs[@]}"
echo "C99, shared:"
LD_LIBRARY_PATH=$lib "$work/c_shared"

read -ra libs < <(pkg-config --static --libs lutgemm)
"$cc" "${strict[@]}" "${flags[@]}" "$here/consumer.c" -o "$work/c_static" \
  "${libs[@]/#-llutgemm/-l:liblutgemm.a}"
echo "C99, static:"
"$work/c_static"

"$cmake" -S "$here/cmake_project" -B "$work/project" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$cxx" >/dev/null
"$cmake" --build "$work/project" >/dev/null
echo "C++20, shared:"
"$work/project/consumer"
echo "C++20, static:"
"$work/project/consumer_static"
