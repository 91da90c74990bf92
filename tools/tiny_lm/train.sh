#!/usr/bin/env bash
# Trains both models from nothing and writes data/tiny_lm: installs the packages
# that are missing, prepares the text, trains full precision and ternary weights
# side by side (one thread each), and evaluates both in float64.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root
readonly here=$root/tools/tiny_lm
readonly work=$root/build/tiny_lm
readonly data=$root/data/tiny_lm
readonly python=${TINY_LM_PYTHON:-/usr/bin/python3}  # the one that has the distribution's PyTorch
readonly packages=(python3-torch python3-numpy libopenblas0-pthread bible-kjv)

say() { printf 'tiny_lm: %s\n' "$*" >&2; }
# shellcheck source=tools/packages.sh
. "$root/tools/packages.sh"

# One thread and a fixed kernel choice: the same arithmetic in the same order on
# every machine of one instruction set, and no dependence on core detection.
pin_arithmetic() {
  export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
  if grep -qw avx512vl /proc/cpuinfo; then
    export OPENBLAS_CORETYPE=SkylakeX ATEN_CPU_CAPABILITY=avx2
  elif grep -qw avx2 /proc/cpuinfo; then
    export OPENBLAS_CORETYPE=Haswell ATEN_CPU_CAPABILITY=avx2
  fi
  # Keeps freed blocks in the process: training allocates the same ones every step.
  export MALLOC_MMAP_THRESHOLD_=1000000000 MALLOC_TRIM_THRESHOLD_=4000000000
  export PYTHONDONTWRITEBYTECODE=1
}

train_both() {
  local kind job jobs=()
  trap 'kill "${jobs[@]}" 2>/dev/null || true' EXIT
  for kind in full ternary; do
    nice -n 5 "$python" "$here/train.py" "$kind" "$work/train.txt" "$work/$kind.safetensors" &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do
    wait "$job"
  done
  trap - EXIT
}

install_packages "${packages[@]}"
pin_arithmetic
mkdir -p "$work" "$data"
"$python" "$here/text.py" "$work/train.txt" "$data/heldout.txt" "$data/calibration.txt"
train_both
cp "$work/full.safetensors" "$work/ternary.safetensors" "$data"
"$python" "$here/reference.py" "$data/full.safetensors" "$data/ternary.safetensors" \
  "$data/heldout.txt" --json "$data/reference.json"
for kind in full ternary; do
  say "a sample of the $kind model:"
  "$python" "$here/reference.py" "$data/$kind.safetensors" --sample "And it came to pass"
done
