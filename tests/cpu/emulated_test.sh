#!/usr/bin/env bash
# emulated_test.sh CPU BUILD_DIR: runs what was built as another processor would, and wants the bits
# and bytes of this one. CPU is a processor of `qemu-x86_64 -cpu help`, or valgrind.
#
# Kernels and plans are tested on samples, as emulation is slow: LUTGEMM_TEST_SAMPLE=1 does all,
# which takes hours. Without the emulator the test is skipped (77), or fails where
# LUTGEMM_REQUIRE_EMULATORS=1.
set -euo pipefail
cpu=$1 build=$2
data=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../data/tiny_lm" && pwd)

# The targets that the library must find; "" is any that is not empty.
declare -rA expected=(
  [Nehalem]="PORTABLE"
  [Westmere]="SSE4 PORTABLE"
  [Haswell]="AVX2 SSE4 PORTABLE"
  [Haswell,-fma]="SSE4 PORTABLE"
  [max]="AVX2 SSE4 PORTABLE"
)
if [[ $cpu == valgrind ]]; then
  emulate=(valgrind --quiet --error-exitcode=99 --exit-on-first-error=yes)
else
  emulate=(qemu-x86_64 -cpu "$cpu")
fi
if ! command -v "${emulate[0]}" >/dev/null; then
  echo "${emulate[0]} is not installed; tools/setup.sh --tests installs it"
  [[ ${LUTGEMM_REQUIRE_EMULATORS:-0} == 0 ]] || exit 1
  exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf '%3d s  %s\n' "$SECONDS" "$*"; }
# QEMU warns of each thing that it does not emulate.
fail() { grep -v "TCG doesn't" "$work/stderr" 2>/dev/null | head -20 || true; say "FAILED: $*"; exit 1; }

say "$cpu: the command"
"${emulate[@]}" "$build/lutgemm" cpu --json >"$work/cpu.json" 2>"$work/stderr" ||
  fail "lutgemm cpu"
found=$(python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))["targets"])' "$work/cpu.json")
say "targets: $found"
[[ -n $found && $found == *PORTABLE ]] || fail "no targets"
[[ $found == "${expected[$cpu]:-$found}" ]] || fail "expected ${expected[$cpu]}"
for target in $found; do
  "${emulate[@]}" "$build/lutgemm" explain --n 64 --k 64 --target "$target" >/dev/null 2>"$work/stderr" ||
    fail "lutgemm explain --target $target"
done

# The same bytes of a file, and the products of its checks.
formats=(int2 ternary nvfp4 bfp6b32)
[[ $cpu != valgrind ]] || formats=(int4)
for format in "${formats[@]}"; do
  options=(--format "$format" --include '*layers.0.self_attn.*' --scale-search)
  for run in native emulated; do
    launch=()
    [[ $run == native ]] || launch=("${emulate[@]}")
    "${launch[@]}" "$build/lutgemm" repack "$data/full.safetensors" -o "$work/$run.$format" \
      "${options[@]}" >/dev/null 2>"$work/stderr" || fail "$run: lutgemm repack --format $format"
  done
  cmp "$work/native.$format" "$work/emulated.$format" || fail "$format: other bytes than here"
  "${emulate[@]}" "$build/lutgemm" verify "$work/emulated.$format" \
    --against "$data/full.safetensors" >"$work/verify" 2>"$work/stderr" || { cat "$work/verify"; fail "$format: verify"; }
done

say "the C program"
"${emulate[@]}" "$build/tests/cpu_consumer" 2>"$work/stderr" || fail "the C program"

say "digests"
"$build/tests/cpu_digest" >"$work/native.txt" 2>/dev/null
"${emulate[@]}" "$build/tests/cpu_digest" >"$work/emulated.txt" 2>"$work/stderr" ||
  { grep differs "$work/emulated.txt" || true; fail "targets differ, or no digest"; }
exact() { grep -c ' exact' "$1"; }
(($(exact "$work/native.txt") == $(exact "$work/emulated.txt"))) || fail "digests are missing"
# Every line that is here must be there; rows of other targets may be there alone.
grep -Fxvf "$work/native.txt" "$work/emulated.txt" && fail "other bits than here"
say "$(wc -l <"$work/emulated.txt") digests are equal"

# Its targets are Westmere's; what else it has matters to the command only.
[[ $cpu != Haswell,-fma ]] || { say "passed"; exit 0; }

# Shares of the cases of kernels and producers, and of caches and plans all but what takes longest
# and what is compared with oneDNN, whose own machine code valgrind does not understand.
declare -rA sample=([Nehalem]=4 [Westmere]=8 [Haswell]=40 [max]=40 [valgrind]=100)
left_out='keys *,*oneDNN*'
[[ ${LUTGEMM_TEST_SAMPLE:-} != 1 ]] || left_out=
# Nor does it round but to nearest, or flush subnormal numbers, so that no test sees a mode set.
[[ $cpu != valgrind ]] || left_out+=',*oneDNN*,states are what they say'
export LUTGEMM_TEST_SAMPLE=${LUTGEMM_TEST_SAMPLE:-${sample[$cpu]:-40}}
export LUTGEMM_PROFILE=off
say "test_kernels, one case of $LUTGEMM_TEST_SAMPLE"
"${emulate[@]}" "$build/tests/test_kernels" --minimal=true 2>"$work/stderr" || fail "test_kernels"
say "test_attention"
"${emulate[@]}" "$build/tests/test_attention" --minimal=true --test-case-exclude="$left_out" \
  2>"$work/stderr" || fail "test_attention"
say "test_plan"
"${emulate[@]}" "$build/tests/test_plan" --minimal=true --test-case-exclude="$left_out" 2>"$work/stderr" ||
  fail "test_plan"
say "passed"
