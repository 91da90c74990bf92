#!/usr/bin/env bash
# quickstart_test.sh SOURCE BUILD: after tools/quickstart.sh alone `cmake --install` finds every file.
set -euo pipefail
source_dir=$1 build=$2

target=$(sed -n 's/^cmake --build .*--target \(.*\)$/\1/p' "$source_dir/tools/quickstart.sh")
[[ -n $target ]] || { echo "quickstart.sh builds no target"; exit 1; }
# What the targets stand for, and what goes into that.
# shellcheck disable=SC2086
built=$(ninja -C "$build" -t query $target | sed -n '/input/,/outputs/s/^ *//p' &&
  ninja -C "$build" -t inputs $target)
# Files of the build that are installed; those that exist after configuring are no one's target.
rc=0 count=0
while read -r file; do
  name=${file#"$build/"}
  [[ $name != *CMakeFiles/* && $name != *.cmake && $name != *.pc && $name != \$* ]] || continue
  ((count += 1))
  # A library's links are made with it.
  grep -Fxq -e "$name" -e "$name.0" -e "$name.0.1.0" -e "$name.1.0" <<<"$built" ||
    { echo "installed, but not built by '$target': $name"; rc=1; }
done < <(grep -oE "\"$build/[^\"]*\"" "$build/cmake_install.cmake" | tr -d '"' | sort -u)
((count >= 3)) || { echo "only $count installed files found"; rc=1; }
exit "$rc"
