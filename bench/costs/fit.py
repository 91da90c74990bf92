#!/usr/bin/env python3
"""Fits the coefficients of the choice by cost to measurements.

    bench/costs/fit.py [--costs build/release/bench/costs] [--data bench/costs/data]
                       [--write | --check]

Reads every table of --data, asks `costs features` how much work each line was, and prints how well
predicted times and the choices that follow from them are; --write puts the coefficients into
src/plan/choice/gen/costs.inc, --check only compares. Equal tables make equal bytes.
"""

import argparse
import csv
import math
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import derive
from emit import emit
from model import errors, fit, make_point, price

ROOT = Path(__file__).resolve().parent.parent.parent
OUTPUT = ROOT / "src/plan/choice/gen/costs.inc"


def features(program, path):
    """Lines of a table with their work, as dictionaries."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    done = subprocess.run([program, "features"], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{path}: {done.stderr.strip()}")
    return list(csv.DictReader(done.stdout.splitlines()))


def split(rows):
    """Rates of reading at (level, threads), and lines that are times."""
    read = {(r["level"], int(r["threads"])): float(r["ns"]) for r in rows if r["kernel"] == "read"}
    times = [r for r in rows if r["kernel"] not in ("read", "cache") and float(r["acts"]) > 0]
    return read, times


def layout_of(kernel):
    """Kernels of one layout compete."""
    if kernel.startswith("ternary") or kernel.endswith("_trits"):
        return "trits"
    return "codes" if kernel.endswith("_codes") else "planes"


def products_of(points):
    """Points of one product, whose kernels compete, together."""
    names = ("target", "format", "scale", "zero", "group", "n", "k", "m", "mode", "threads", "level")
    products = defaultdict(list)
    for point in points:
        product = tuple(point.row[name] for name in names)
        products[product + (layout_of(point.row["kernel"]),)].append(point)
    return products


def rank(points):
    for group in products_of(points).values():
        fastest = min(point.ns for point in group)
        for point in group:
            point.rank = fastest / point.ns


# Kernels that do for each token just what another one does, in another order.
SAME_WORK = {"ternary5_small_m_exact": "ternary5_gemv_exact"}


def entries_of(points):
    """(target, kernel, mode) -> coefficients, points."""
    groups, shared = defaultdict(list), defaultdict(list)
    for point in points:
        target, kernel, mode = (point.row[name] for name in ("target", "kernel", "mode"))
        groups[target, kernel, mode].append(point)
        shared[target, SAME_WORK.get(kernel, kernel), mode].append(point)
    fitted = {key: fit(group) for key, group in shared.items()}
    return {(target, kernel, mode): (fitted[target, SAME_WORK.get(kernel, kernel), mode], group)
            for (target, kernel, mode), group in groups.items()}


def regrets(points, entries, l2_bytes):
    """For every product with a choice: time of the chosen kernel over the fastest, and which."""
    def cost(point):
        entry = entries[point.row["target"], point.row["kernel"], point.row["mode"]]
        return price(entry[0], point, l2_bytes)

    found = []
    for product, group in products_of(points).items():
        if len(group) > 1:
            chosen, best = min(group, key=cost), min(group, key=lambda p: p.ns)
            found.append((chosen.ns / best.ns, product, chosen.row["kernel"], best.row["kernel"]))
    return sorted(found, key=lambda r: -r[0])


def summary(core, points, entries, l2_bytes):
    """Lines on how good predictions and choices are, a line per target."""
    for target in sorted({p.row["target"] for p in points}):
        mine = [p for p in points if p.row["target"] == target]
        all_errors = [e for p in mine for e in
                      errors(entries[target, p.row["kernel"], p.row["mode"]][0], [p])]
        rms = math.sqrt(sum(e * e for e in all_errors) / len(all_errors))
        found = regrets(mine, entries, l2_bytes)
        within = sum(r[0] <= 1.05 for r in found) / max(len(found), 1)
        worst = found[0][0] if found else 1.0
        yield (f"{core} {target}: {len(mine)} times, predicted to {rms:.3f} rms; of {len(found)} "
               f"choices {within:.3f} within 5 % of the fastest, the worst {worst:.2f}")


def distances(folder):
    """(core, target, kernel, mode) -> the distance of prefetching with the least geometric mean of
    times over all lines of data/<core>-ahead.csv, from L3 and from DRAM alike."""
    logs = defaultdict(lambda: defaultdict(float))
    for path in sorted(folder.glob("*-ahead.csv")):
        with path.open() as lines:
            for row in csv.DictReader(lines):
                key = path.name.removesuffix("-ahead.csv"), row["target"], row["kernel"], row["mode"]
                logs[key][int(row["ahead"])] += math.log(float(row["ns"]))
    return {key: min(by, key=lambda d, by=by: (by[d], d)) for key, by in logs.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--costs", default=str(ROOT / "build/release/bench/costs"))
    parser.add_argument("--data", type=Path, default=ROOT / "bench/costs/data")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--worst", type=int, default=0, help="print so many of the worst choices")
    options = parser.parse_args()
    reads, points, entries, l2_bytes = {}, {}, {}, {}
    for path in sorted(options.data.glob("*.csv")):
        if path.name.endswith("-ahead.csv"):
            continue
        rows = features(options.costs, path)
        core = rows[0]["core"]
        reads[core], times = split(rows)
        l2_bytes[core] = next(float(r["ns"]) for r in rows
                              if (r["kernel"], r["level"]) == ("cache", "L2"))
        points[core] = [make_point(row, reads[core]) for row in times]
        rank(points[core])
    entries["xeon"] = entries_of(points["xeon"])
    entries["zen5"] = derive.from_some_points(entries["xeon"], points.get("zen5", []))
    entries["zen4"], reads["zen4"] = derive.zen4(entries["zen5"])
    lines = [line for core in points for line in summary(core, points[core], entries[core], l2_bytes[core])]
    for path in sorted(options.data.glob("*-check.txt")):
        lines.append(f"{path.stem}: {path.read_text().splitlines()[-1]}")
    print("\n".join(lines))
    for core in points:
        for regret in regrets(points[core], entries[core], l2_bytes[core])[:options.worst]:
            print(core, f"{regret[0]:.3f}", *regret[1:])
    text = emit(lines, reads, entries, distances(options.data))
    if options.write:
        OUTPUT.write_text(text)
    if options.check and OUTPUT.read_text() != text:
        sys.exit(f"{OUTPUT} is not what the tables make: run fit.py --write")


if __name__ == "__main__":
    main()
