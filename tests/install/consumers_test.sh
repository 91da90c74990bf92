#!/usr/bin/env bash
# consumers_test.sh BUILD_DIR CMAKE CC CXX LIBDIR
# Installs into a temporary prefix, moves it, and builds and runs a C99 program by
# pkg-config, and programs in C++20, with exceptions and without, and in C alone by find_package,
# against that tree; so also the example of the model, where that is installed; links the archive
# into a shared object; runs the command with the data that were installed with it.
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

export CC=$cc CXX=$cxx
for project in cmake_project c_project; do
  "$cmake" -S "$here/$project" -B "$work/$project" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
  "$cmake" --build "$work/$project" >/dev/null
  echo "$project, shared:"
  "$work/$project/consumer"
  echo "$project, static:"
  "$work/$project/consumer_static"
done
echo "cmake_project, without exceptions, shared and static:"
"$work/cmake_project/bare"
"$work/cmake_project/bare_static"

mkdir "$work/components"
echo 'cmake_minimum_required(VERSION 3.16)
project(components CXX)
find_package(lutgemm REQUIRED COMPONENTS models)' >"$work/components/CMakeLists.txt"
if "$cmake" -S "$work/components" -B "$work/components/build" -DCMAKE_PREFIX_PATH="$prefix" \
  >/dev/null 2>"$work/report" || ! grep -q "no component 'models'" "$work/report"; then
  echo "find_package of a component that is not there does not say so"
  exit 1
fi

# A plugin brings the library along and shows nothing of it.
echo "c_project, the archive in a shared object:"
"$work/c_project/plugin_user"
plugin=$work/c_project/libplugin.so
if readelf -d "$plugin" | grep -E 'TEXTREL|liblutgemm'; then
  echo "the archive is not position independent, or not all of it is in the shared object"
  exit 1
fi
shown=$(nm -D --defined-only "$plugin" | awk '{print $3}' | grep lutgemm || true)
[[ -z $shown ]] || { echo "the shared object shows: $shown"; exit 1; }

# The model: a library of its own beside the other one.
if [[ -d $prefix/include/lutgemm/model ]]; then
  source_dir=$here/../..
  machine=$source_dir/data/machines/single.json
  read -ra flags < <(pkg-config --cflags lutgemm_model)
  read -ra libs < <(pkg-config --libs lutgemm_model)
  "$cxx" -std=c++20 "${flags[@]}" "$source_dir/examples/lmma/main.cc" -o "$work/model_shared" \
    "${libs[@]}"
  echo "model by pkg-config, shared:"
  LD_LIBRARY_PATH=$lib "$work/model_shared" "$machine"
  rc=0
  LD_LIBRARY_PATH=$lib "$work/model_shared" "$work/none.json" 2>"$work/report" || rc=$?
  if [[ $rc != 1 ]] || ! grep -q "cannot open .*none.json" "$work/report"; then
    echo "the example of the model does not say that its file is not there"
    exit 1
  fi
  read -ra libs < <(pkg-config --static --libs lutgemm_model |
    sed -E 's/-l(lutgemm(_model)?)( |$)/-l:lib\1.a\3/g')
  "$cxx" -std=c++20 "${flags[@]}" "$source_dir/examples/lmma/main.cc" -o "$work/model_static" \
    "${libs[@]}"
  echo "model by pkg-config, static:"
  "$work/model_static" "$machine"
  "$cmake" -S "$here/model_project" -B "$work/model_project" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
  "$cmake" --build "$work/model_project" >/dev/null
  for program in consumer consumer_static; do
    echo "model_project, $program:"
    "$work/model_project/$program" "$machine"
  done
fi

# What the installed command reads came along with it.
command=$prefix/bin/lutgemm
[[ -x $command ]] || exit 0
"$command" dse --problem 1x64x64 --machine single >"$work/report"
"$command" demo --bytes 512 --seconds 0 >"$work/report"
mv "$prefix/share/lutgemm/data" "$prefix/share/lutgemm/elsewhere"
for arguments in "demo" "dse --problem 1x64x64 --machine single"; do
  # shellcheck disable=SC2086
  if "$command" $arguments >"$work/report" 2>&1; then
    echo "lutgemm $arguments reads files that are not of the installed tree"
    exit 1
  fi
done
