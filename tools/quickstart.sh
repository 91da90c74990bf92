#!/usr/bin/env bash
# Installs what is missing, builds the release preset, and runs `lutgemm demo`.
# Arguments go to the demo. Leaves the command at build/release/lutgemm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release
exec build/release/lutgemm demo "$@"
