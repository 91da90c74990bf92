#!/usr/bin/env bash
# check_format.sh         lists the files that clang-format would change; exits 1 if any
# check_format.sh --fix   changes them
# Exits 77 (skipped) without clang-format 14, because versions disagree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly version=14
tool=""
for name in clang-format-$version clang-format; do
  if "$name" --version 2>/dev/null | grep -q "version $version\."; then
    tool=$name
    break
  fi
done
if [[ -z $tool ]]; then
  echo "SKIPPED: clang-format $version is not installed"
  exit 77
fi

folders=()
for folder in include src tools bench tests examples integrations; do
  [[ ! -d $folder ]] || folders+=("$folder")
done
mapfile -d '' -t files < <(
  find "${folders[@]}" -name gen -prune -o \
    -type f \( -name '*.c' -o -name '*.cc' -o -name '*.h' -o -name '*.hpp' \) -print0)

if [[ ${1:-} == --fix ]]; then
  "$tool" -i "${files[@]}"
  exit 0
fi
wrong=()
for file in "${files[@]}"; do
  cmp -s "$file" <("$tool" "$file") || wrong+=("$file")
done
if ((${#wrong[@]})); then
  echo "clang-format would change these; run tools/dev/check_format.sh --fix"
  printf '  %s\n' "${wrong[@]}"
  exit 1
fi
echo "${#files[@]} files are formatted"
