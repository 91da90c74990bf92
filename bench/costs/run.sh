#!/usr/bin/env bash
# Measures this core, fits the choice by cost to it and pins what follows:
#
#   bench/costs/run.sh CORE [--build DIR] [--cpu N] [--check]
#
#   CORE     xeon, zen4 or zen5: which table of bench/costs/data/ this machine writes
#   --build  where the programs are [build/release]
#   --cpu    the core to measure on [1]
#   --check  afterwards compare choices with the fastest kernels here, some half an hour
#
# About 13 minutes, during which nothing else should run on that core.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
die() { printf 'costs: %s\n' "$*" >&2; exit 2; }

core='' build=build/release cpu=1 check=0
while (($#)); do
  case $1 in
    --build) build=${2:?--build needs a folder}; shift ;;
    --cpu) cpu=${2:?--cpu needs a number}; shift ;;
    --check) check=1 ;;
    -h | --help) usage; exit 0 ;;
    -*) die "unknown option $1; --help shows all" ;;
    *) core=$1 ;;
  esac
  shift
done
[[ $core == xeon || $core == zen4 || $core == zen5 ]] || die "which core? xeon, zen4 or zen5"
readonly costs=$build/bench/costs data=bench/costs/data/$core.csv
[[ -x $costs ]] || die "no $costs: build the target 'costs' of the preset 'release' first"

# Real-time priority, where the system grants it, keeps other processes away.
steady=(taskset -c "$cpu")
if chrt -f 1 true 2>/dev/null; then steady=(chrt -f 1 "${steady[@]}"); fi

table=$(mktemp)
trap 'rm -f "$table"' EXIT
# Distances of prefetching come first: times are those with the best ones.
"${steady[@]}" "$costs" ahead >"$table"
cp "$table" "${data%.csv}-ahead.csv"
python3 bench/costs/fit.py --costs "$costs" --write
cmake --build "$build" --target costs
"${steady[@]}" "$costs" measure --core "$core" >"$table"
cp "$table" "$data"

python3 bench/costs/fit.py --costs "$costs" --write
cmake --build "$build" --target costs
"$costs" pins >tests/plan/choice_pins.csv
if ((check == 1)); then
  # What it finds is told in the header; that choices are not good enough is no reason to lose it.
  "${steady[@]}" "$costs" check --threads 1 | tee "bench/costs/data/$core-check.txt" || true
  python3 bench/costs/fit.py --costs "$costs" --write
fi
