#!/usr/bin/env bash
# Measures everything that docs/gen/performance.md shows of one core:
#
#   bench/run_performance.sh [--full | --quick | --smoke] [--core NAME] [--build DIR] [--out FILE]
#
#   --full   every shape, both modes, both working sets: from 10 minutes on (default)
#   --quick  a look: 3 to 6 minutes
#   --smoke  tiny shapes that say nothing about speed: does it run?
#   --core   what the page calls the core [what `lutgemm cpu` calls the machine]
#   --build  where the programs are [build/release]
#   --out    the file of results [bench/results/<core>.json; below build/ unless --full]
#
# Nothing else should run on the machine meanwhile. The page of all cores is made by:
#   python3 bench/report
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
die() { printf 'run_performance: %s\n' "$*" >&2; exit 2; }

preset=full build=build/release core= out=
while (($#)); do
  case $1 in
    --full | --quick | --smoke) preset=${1#--} ;;
    --build) build=${2:?--build needs a folder}; shift ;;
    --core) core=${2:?--core needs a name}; shift ;;
    --out) out=${2:?--out needs a file}; shift ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown option $1; --help shows all" ;;
  esac
  shift
done

readonly lutgemm=$build/lutgemm
[[ -x $lutgemm ]] || die "no $lutgemm: build the preset 'release' first, or name --build"
cpu=$("$lutgemm" cpu --json)
[[ $core ]] || core=$(sed -n 's/^ *"name": "\(.*\)",*$/\1/p' <<<"$cpu")
if [[ -z $out ]]; then
  file=$(tr '[:upper:]' '[:lower:]' <<<"$core" | tr -cs 'a-z0-9\n' -)
  out=bench/results/$file.json
  [[ $preset == full ]] || out=build/$file.json
fi
# Plans by default are what is measured, not what was tuned here.
export LUTGEMM_PROFILE=off

formats=int1,ternary,int2,int3,int4
more_formats=bitmod3,bitmod4,mxfp4,nvfp4,nf4,bfp4b32,bfp8b32
kernel_formats=(int1 int2 int3 int4)
shapes=(4096x4096 14336x4096 4096x14336 2560x6912 6912x2560 3200x8640
  1000x1000 4097x4095 640x2560)
tokens=(1 2 4 8 16 32 64 128 512)
# Many tokens hide where the weights lie, and take long to visit a large working set once.
dram_tokens=(1 2 4 8 16)
ms=150 mode=both dram_mib=1024 reference=4096x4096
# Half of the last cache, so that weights rotate within it: 64 MiB at most, and where it is unknown.
l3_bytes=$(sed -n 's/^ *"l3_bytes": \([0-9]*\),*$/\1/p' <<<"$cpu")
set_mib=$((l3_bytes > 0 && l3_bytes < 128 << 20 ? l3_bytes >> 21 : 64))
((set_mib > 0)) || set_mib=1
case $preset in
  quick)
    shapes=(4096x4096 14336x4096 4096x14336 1000x1000)
    tokens=(1 2 4 8 32 64 512)
    dram_tokens=(1)
    ms=30
    ;;
  smoke)
    shapes=(64x96)
    tokens=(1 3)
    dram_tokens=(1)
    formats=ternary,int2 more_formats=mxfp4 kernel_formats=(int2)
    ms=1 dram_mib=2 set_mib=1 reference=64x96
    ;;
esac

parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
number=0
started=$SECONDS

# list "M..." "NxK...": MxNxK,... with the M of one NxK following each other
list() {
  local m shape text=
  for shape in $2; do
    for m in $1; do text+=,${m}x$shape; done
  done
  printf '%s' "${text#,}"
}

# measure WHAT PROGRAM ARGUMENTS...: one more document
measure() {
  printf '%4d s  %s\n' "$((SECONDS - started))" "$1" >&2
  shift
  number=$((number + 1))
  "$@" >"$(printf '%s/%03d.json' "$parts" "$number")"
}

bench() { measure "$1" "$lutgemm" bench --json --min-time "$ms" "${@:2}"; }

bench "formats, modes, shapes from $set_mib MiB" --formats "$formats" --mode "$mode" \
  --working-set "$set_mib" --shapes "$(list "${tokens[*]}" "${shapes[*]}")"
bench "the same from $dram_mib MiB" --formats "$formats" --mode "$mode" \
  --working-set "$dram_mib" --shapes "$(list "${dram_tokens[*]}" "${shapes[*]}")"
bench "other formats" --formats "$more_formats" --working-set "$set_mib" \
  --shapes "$(list "${tokens[*]}" "$reference")"

# Every kernel of the best target that can run a format in a layout, forced: name and least tokens.
names_of() {
  "$lutgemm" kernels --json --format "$1" --layout "$2" --mode "$3" | python3 -c '
import json, sys
for one in json.load(sys.stdin)["kernels"]:
    print(one["kernel"], one["least_tokens"])'
}

kernels() {
  local format=$1 layout=$2 mode name least m can
  for mode in fast exact; do
    while read -r name least; do
      can=()
      for m in "${tokens[@]}"; do ((m < least)) || can+=("$m"); done
      bench "kernel $name, $format, $mode" --formats "$format" --layout "$layout" --mode "$mode" \
        --kernel "$name" --working-set "$set_mib" --shapes "$(list "${can[*]}" "$reference")"
    done < <(names_of "$format" "$layout" "$mode")
  done
}
for format in "${kernel_formats[@]}"; do kernels "$format" default; done
kernels ternary trits
if [[ $preset == full ]]; then
  kernels int4 planes
  kernels ternary planes
fi

# Threads that wait for each other take long where tests compete for cores.
[[ $preset == smoke ]] || bench "two threads" --formats "$formats" --threads 2 --working-set "$set_mib" \
  --shapes "$(list "1 64 512" "$reference")"
for target in $(sed -n '/"targets"/,/]/s/^ *"\([A-Z0-9_]*\)",*$/\1/p' <<<"$cpu" |
  sed 1d | grep -v PORTABLE || true); do
  bench "target $target" --formats "$formats" --target "$target" --working-set "$set_mib" \
    --shapes "$(list "1 512" "$reference")"
done
if "$lutgemm" bench --baseline onednn --formats int4 --shapes 1x8x16 --min-time 1 \
  --working-set 1 >/dev/null 2>&1; then
  bench "with oneDNN" --formats "$formats" --baseline onednn --working-set "$set_mib" \
    --shapes "$(list "1 8 64 512" "$reference")"
fi
if [[ -x $build/bench/compare_ggml ]]; then
  measure "with ggml" "$build/bench/compare_ggml" --json --min-time "$ms" \
    --working-set "$set_mib" --shapes "$(list "1 8 64 512" "$reference")"
fi
for program in pack tables; do
  [[ ! -x $build/bench/${program}_bench ]] ||
    measure "${program}_bench" "$build/bench/${program}_bench" --benchmark_format=json \
      --benchmark_min_time="$([[ $preset == full ]] && echo 0.2 || echo 0.01)" \
      --shapes="$(list "1" "$reference")"
done

commit=$(git describe --always --dirty 2>/dev/null || true)
python3 bench/report --collect "$out" --core "$core" --commit "$commit" "$parts"/*.json
printf '%4d s  wrote %s\n' "$((SECONDS - started))" "$out" >&2
