#!/usr/bin/env bash
# fetch_test.sh SOURCE CMAKE CC CXX: a project that takes this one by FetchContent, from a local
# folder instead of a repository, builds and runs with the shared library and with the archive.
# Only the portable kernels, not optimised: how kernels are compiled is parent_test.sh's business.
set -euo pipefail
source_dir=$1 cmake=$2 cc=$3 cxx=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(parent VERSION 7.8.9 LANGUAGES C CXX)
include(FetchContent)
FetchContent_Declare(lutgemm GIT_REPOSITORY lutgemm.git GIT_TAG main)
FetchContent_MakeAvailable(lutgemm)
foreach(target lutgemm lutgemm_static)
  add_executable(\${target}_consumer "$source_dir/tests/install/consumer.c")
  target_link_libraries(\${target}_consumer PRIVATE lutgemm::\${target})
endforeach()
install(TARGETS lutgemm_consumer)
END

CC=$cc CXX=$cxx "$cmake" -S "$work" -B "$work/build" -G Ninja -DLUTGEMM_ONLY_PORTABLE=ON \
  -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
  -DFETCHCONTENT_SOURCE_DIR_LUTGEMM="$source_dir" >"$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }
"$cmake" --build "$work/build" --parallel 2 --target lutgemm_consumer lutgemm_static_consumer \
  >"$work/log" 2>&1 || { tail -n 40 "$work/log"; exit 1; }
for target in lutgemm lutgemm_static; do
  echo "FetchContent, $target:"
  "$work/build/${target}_consumer"
done

# The parent's tests and installed files stay its own.
[[ $("$cmake" -E chdir "$work/build" ctest -N 2>&1 || true) == *"Total Tests: 0"* ]] ||
  { echo "the parent gets tests of this project"; exit 1; }
if grep -n liblutgemm "$work/build/_deps/lutgemm-build/cmake_install.cmake"; then
  echo "the parent installs files of this project"
  exit 1
fi
