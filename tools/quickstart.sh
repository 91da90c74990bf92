#!/usr/bin/env bash
# Installs what is missing, builds library and command (preset release), and runs
# `lutgemm demo`. Arguments go to the demo. Leaves the command at build/release/lutgemm
# and everything that `cmake --install build/release` installs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target lutgemm_installed
exec build/release/lutgemm demo "$@"
