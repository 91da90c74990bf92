#!/usr/bin/env python3
"""Draws the design points of `lutgemm dse`: area against energy per MAC.

    plot_dse.py REPORT.json IMAGE

REPORT.json is what `lutgemm dse --json` prints, "-" for standard input; IMAGE ends in .png, .svg or .pdf.
Needs matplotlib (Debian: python3-matplotlib).
"""

import colorsys
import json
import os
import sys
from pathlib import Path


def colours(count):
    """`count` different colours as "#rrggbb", so that no two kinds of points share one; none is black,
    white or grey."""
    found = []
    for i in range(count):
        # Neighbours differ in lightness, too, which helps where hues come close.
        rgb = colorsys.hls_to_rgb(i / count, (0.32, 0.45, 0.58)[i % 3], 0.8)
        found.append("#" + "".join(f"{round(255 * part):02x}" for part in rgb))
    return found


def kind_of(point):
    """What a point's colour stands for."""
    table = "half" if point["symmetric"] else "full"
    index = "serial" if point["bit_serial"] else "parallel"
    return f"{table} table, {point['table_bits']} bits, {index}"


def xy(points):
    return ([p["area_per_mac_um2"] for p in points], [p["energy_per_mac_fj"] for p in points])


def label(axes, point, text, offset, **style):
    axes.annotate(text, (point["area_per_mac_um2"], point["energy_per_mac_fj"]), xytext=offset,
                  textcoords="offset points", **style)


def draw(pyplot, report):
    figure, axes = pyplot.subplots(figsize=(8, 5.5), layout="constrained")
    kinds = sorted({kind_of(p) for p in report["points"]})
    for kind, colour in zip(kinds, colours(len(kinds))):
        axes.scatter(*xy([p for p in report["points"] if kind_of(p) == kind]), s=14, color=colour,
                     label=kind)
    for rounds, style in ((True, "solid"), (False, "dashed")):
        front = sorted((p for p in report["front"] if p["rounds_entries"] == rounds),
                       key=lambda p: p["area_per_mac_um2"])
        axes.plot(*xy(front), color="black", marker="o", markerfacecolor="none", linestyle=style,
                  label="front, rounded entries" if rounds else "front, exact entries")
    for unit in report["units"]:
        axes.scatter(*xy([unit]), marker="x", color="gray")
        label(axes, unit, unit["unit"], offset=(6, -10), color="gray", fontsize=8)
    best = report["best"]
    label(axes, best, best["shape"], offset=(8, 8), weight="bold")
    axes.set(xscale="log", yscale="log", xlabel="area, um2 per MAC and cycle (ours)",
             ylabel="energy, fJ per MAC (ours)",
             title=f"{report['macs']} MACs of one bit, {report['act']} activations, "
                   f"{report['weight_bits']}-bit weights")
    axes.legend(fontsize=8)
    return figure


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        import matplotlib
    except ImportError:
        print("plot_dse.py needs matplotlib; on Debian: apt-get install python3-matplotlib", file=sys.stderr)
        return 1
    matplotlib.use("Agg")
    from matplotlib import pyplot  # the back end comes first
    text = sys.stdin.read() if arguments[0] == "-" else Path(arguments[0]).read_text(encoding="utf-8")
    figure = draw(pyplot, json.loads(text))
    image = Path(arguments[1])
    temporary = image.with_name(f".{os.getpid()}-{image.name}")
    try:
        figure.savefig(temporary, format=image.suffix[1:], dpi=150)
        temporary.replace(image)
    except OSError as error:
        print(f"{image}: {error.strerror}", file=sys.stderr)
        return 3
    finally:
        temporary.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
