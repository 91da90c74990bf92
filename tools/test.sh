#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test:
#
#   tools/test.sh [--preset NAME]... [ctest options, e.g. -R regex, -L label]
#   tools/test.sh --cpu NAME [--full]
#
# The release build runs all tests; the sanitizer builds and the one without SIMD
# run those that carry their label. Leaves the command at build/release/lutgemm.
# --cpu runs the release build as a processor of `qemu-x86_64 -cpu help`, such as
# Haswell, or under valgrind: samples of what is long, or with --full all of it,
# which takes hours.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

# The label of the tests that a preset runs; none for all.
declare -rA label=([asan-ubsan]=asan [tsan]=tsan [scalar]=scalar)
presets=()
ctest_options=()
cpu=
full=
while (($#)); do
  case $1 in
    --preset)
      presets+=("${2:?--preset needs a name}")
      shift
      ;;
    --cpu)
      cpu=${2:?--cpu needs a name, such as Haswell or valgrind}
      shift
      ;;
    --full) full=1 ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) ctest_options+=("$1") ;;
  esac
  shift
done
((${#presets[@]})) || presets=(release scalar asan-ubsan tsan)

if [[ -n $full && -z $cpu ]]; then
  echo "--full goes with --cpu: a processor to do all on" >&2
  exit 2
fi
tools/setup.sh --tests

if [[ -n $cpu ]]; then
  [[ -z $full ]] || export LUTGEMM_TEST_SAMPLE=1
  cmake --preset release >/dev/null
  cmake --build --preset release --target lutgemm_tests_cpu
  exec tests/cpu/emulated_test.sh "$cpu" build/release
fi

failed=()
for preset in "${presets[@]}"; do
  printf '\n== %s ==\n' "$preset"
  target=all
  select=()
  if [[ -n ${label[$preset]:-} ]]; then
    target=lutgemm_tests_${label[$preset]}
    select=(-L "^${label[$preset]}\$")
  fi
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" --target "$target"
  ctest --preset "$preset" -j "$(nproc)" "${select[@]}" "${ctest_options[@]}" || failed+=("$preset")
done

if ((${#failed[@]})); then
  printf '\nfailed: %s\n' "${failed[*]}"
  exit 1
fi
printf '\nall passed: %s\n' "${presets[*]}"
