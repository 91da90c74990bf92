#!/usr/bin/env bash
# Compares a stock llama.cpp with itself and the back end for ggml, in tokens a second:
#
#   bench/compare_llama.sh [--engine debian|upstream] [--size 0.4b|1b|moe|tiny] [--types TYPE,...]
#                          [--build DIR] [options of bench/llama/compare.py: --prompts, --generate,
#                          --threads, --rounds, --prefix]
#
#   --engine  which llama.cpp tools/llama_cpp.sh gets [debian]
#   --size    of the model, which has random weights [0.4b]
#   --types   of its weights, as llama-quantize names them [Q4_0,Q4_K,Q6_K,Q8_0,Q2_K,Q3_K,TQ2_0,Q1_0]
#   --build   where liblutgemm-ggml.so is [build/release]
#
# Models are made in build/compare_llama, once; results are there too, as JSON and as a table.
# Nothing else should run on the machine meanwhile.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
die() { printf 'compare_llama: %s\n' "$*" >&2; exit 2; }

engine=debian size=0.4b types=Q4_0,Q4_K,Q6_K,Q8_0,Q2_K,Q3_K,TQ2_0,Q1_0 build=build/release
others=()
while (($#)); do
  case $1 in
    --engine) engine=${2:?--engine needs a name}; shift ;;
    --size) size=${2:?--size needs a size}; shift ;;
    --types) types=${2:?--types needs names}; shift ;;
    --build) build=${2:?--build needs a folder}; shift ;;
    -h | --help) usage; exit 0 ;;
    *) others+=("$1") ;;
  esac
  shift
done

readonly library=$build/liblutgemm-ggml.so folder=build/compare_llama
[[ -f $library ]] || die "no $library: build the target lutgemm_ggml first, or name --build"
versions=$(tools/llama_cpp.sh "$engine" | paste -sd, | sed 's/,/, /g')
readonly programs=build/deps/llama_cpp/$engine/bin
# The interpreter that has NumPy may be the system's alone.
python=python3
"$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
"$python" -c 'import numpy' 2>/dev/null ||
  { echo "compare_llama: there is no NumPy; tools/setup.sh --tests installs it" >&2; exit 77; }

mkdir -p "$folder"
models=()
for type in ${types//,/ }; do
  model=$folder/$size-$type.gguf
  if [[ ! -f $model ]]; then
    # Under another name until it is complete.
    [[ -f $folder/$size.gguf ]] || {
      "$python" bench/llama/make_model.py "$folder/part" --size "$size"
      mv "$folder/part" "$folder/$size.gguf"
    }
    # Some types have only mixtures in the list of names; --pure makes all of the one type.
    "$programs/llama-quantize" --pure "$folder/$size.gguf" "$folder/part" "$type" \
      >"$folder/quantize.log" 2>&1 || { tail -5 "$folder/quantize.log" >&2; die "no model of $type"; }
    mv "$folder/part" "$model"
  fi
  models+=("$type=$model")
done
"$python" bench/llama/compare.py "${models[@]}" --bench "$programs/llama-bench" \
  --engine "$versions" --library "$library" --out "$folder/$size-$engine.json" "${others[@]}"
