#!/usr/bin/env python3
"""Draws bits per byte against bits per weight from what `lutgemm demo --json` prints.

    plot_formats.py REPORT.json IMAGE

REPORT.json may be "-" for standard input; IMAGE ends in .png, .svg or .pdf.
Needs matplotlib (Debian: python3-matplotlib).
"""

import json
import sys

try:
    import matplotlib
except ImportError:
    sys.exit("plot_formats.py needs matplotlib; on Debian: apt-get install python3-matplotlib")

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend must be chosen first)

WORST = 0.5  # bits per byte above f32 from which a format is left out


def label(row):
    group = "" if row["group"] in ("row", "tensor") else f" g{row['group']}"
    zero = "" if row["zero"] == "none" else " asym"
    return f"{row['format']}{zero}{group}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source = sys.stdin if sys.argv[1] == "-" else open(sys.argv[1], encoding="utf-8")
    with source:
        report = json.load(source)
    rows = [r for r in report["results"] if r["trained"] == "full" and r["cache"] == "f32"]
    rows = [r for r in rows if r["format"] != "f32" and r["above_f32"] < WORST]
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    axes.set_yscale("log")
    # Labels of the smaller half stand on the left, and lines alternate in height.
    for i, row in enumerate(sorted(rows, key=lambda r: (r["bits_per_weight"], r["above_f32"]))):
        point = (row["bits_per_weight"], row["above_f32"])
        right = i >= len(rows) // 2
        axes.plot(*point, "o", color="tab:blue", markersize=4)
        axes.annotate(label(row), point, textcoords="offset points", fontsize=8, va="center",
                      xytext=(5 if right else -5, -6 if i % 2 else 6),
                      ha="left" if right else "right")
    axes.margins(x=0.25)
    axes.set_xlabel("bits per weight, everything stored counted")
    axes.set_ylabel("bits per byte above f32")
    axes.set_title(f"tiny_lm, {report['text_bytes']} bytes of held-out text")
    figure.tight_layout()
    figure.savefig(sys.argv[2])


if __name__ == "__main__":
    main()
