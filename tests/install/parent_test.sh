#!/usr/bin/env bash
# parent_test.sh SOURCE CMAKE CC CXX: projects that add this one with add_subdirectory. Only
# configured: how the kernels would be compiled, and what a program in C would link.
set -euo pipefail
source_dir=$1 cmake=$2 cc=$3 cxx=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/cxx" "$work/c"
cat >"$work/cxx/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(parent LANGUAGES CXX)
add_subdirectory("$source_dir" lutgemm)
if(NOT TARGET lutgemm::model)
  message(FATAL_ERROR "there is no model")
endif()
END
cat >"$work/c/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(parent LANGUAGES C)
add_subdirectory("$source_dir" lutgemm)
add_executable(shared "$source_dir/tests/install/consumer.c")
target_link_libraries(shared PRIVATE lutgemm::lutgemm)
add_executable(static "$source_dir/tests/install/consumer.c")
target_link_libraries(static PRIVATE lutgemm::lutgemm_static)
END

# configure FOLDER OPTION...: leaves the build in $work/build.
configure() {
  local folder=$1
  shift
  rm -rf "$work/build"
  CC=$cc CXX=$cxx "$cmake" -S "$work/$folder" -B "$work/build" -G Ninja \
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}

# expect PATTERN yes|no OPTION...: whether kernels are compiled with options that match.
rc=0
expect() {
  local pattern=$1 wanted=$2 found=no
  shift 2
  configure cxx "$@"
  line=$(grep '"command":.*/src/kernels/lut4/shard\.cc' "$work/build/compile_commands.json" | head -n 1)
  [[ -n $line ]] || { echo "no kernel is compiled"; exit 1; }
  ! grep -Eq -e " $pattern( |\$)" <<<"$line" || found=yes
  [[ $found == "$wanted" ]] ||
    { echo "with '$*': $pattern expected: $wanted; $line"; rc=1; }
}
expect '-O3' yes
expect '(-D ?)NDEBUG' yes
expect '-O[23]' yes -DCMAKE_BUILD_TYPE=RelWithDebInfo
expect '-O[1-3s]' no -DCMAKE_BUILD_TYPE=Debug
expect '-O3' no -DCMAKE_CXX_FLAGS=-O2

# The C compiler links the archive's C++ runtime, because the C++ compiler does not.
configure c
for kind in shared static; do
  link=$(ninja -C "$work/build" -t commands "$kind" | tail -n 1)
  grep -q "$(basename "$cc") " <<<"$link" || { echo "not linked in C: $link"; rc=1; }
done
grep -Eq -e '-l(std)?c\+\+' <<<"$link" || { echo "no C++ runtime: $link"; rc=1; }
exit "$rc"
