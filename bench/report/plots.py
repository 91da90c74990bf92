"""Plots of docs/performance.md, as SVG. Needs matplotlib."""

import sys
from pathlib import Path

from tables import by_format, first, ordered, shape_text

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "command" / "dse"))
from plot_dse import colours  # noqa: E402: the command's script has it, too

# Linear layers of the model that bits are set against speed for: (count, N, K) per decoder layer.
MODEL_LAYERS = 32
MODEL = [(4, 4096, 4096), (2, 14336, 4096), (1, 4096, 14336)]
MODEL_WEIGHTS = MODEL_LAYERS * sum(count * n * k for count, n, k in MODEL)


class NoMatplotlib(Exception):
    """matplotlib is not there for this Python."""


def pyplot():
    try:
        import matplotlib
    except ImportError as error:
        raise NoMatplotlib from error
    matplotlib.use("Agg")
    # The same input gives the same file: no dates, no random names; text stays text.
    matplotlib.rcParams.update({"svg.hashsalt": "lutgemm", "svg.fonttype": "none",
                                "font.size": 9, "axes.grid": True, "grid.alpha": 0.3})
    from matplotlib import pyplot as plt
    return plt


def save(plt, figure, path):
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def log2_axis(axes, values):
    values = sorted(set(values))
    axes.set_xscale("log", base=2)
    axes.set_xticks(values, [str(v) for v in values])
    axes.set_xticks([], minor=True)


def intensity(record):
    """MAC per byte of packed weights."""
    return record.gmacs / record.gbps


def over_tokens(records):
    """M and GMAC/s as two lists, one measurement for each M."""
    tokens = sorted({r.m for r in records})
    return tokens, [first([r for r in records if r.m == m]).gmacs for m in tokens]


def kernel_groups(measurements):
    """Records by kernel: of every one its fastest shape for each format, mode, M and working set."""
    fastest = {}
    for record in measurements.select(ours=True, threads=1, forced_target=False):
        key = record.kernel, record.weights, record.mode, record.m, record.working_set
        if key not in fastest or record.gmacs > fastest[key].gmacs:
            fastest[key] = record
    groups = {}
    for record in fastest.values():
        groups.setdefault(record.kernel, []).append(record)
    return groups


def roofline(plt, measurements, path):
    """Every kernel's products over their intensity, below the roofs of the machine."""
    groups = kernel_groups(measurements)
    if not groups:
        return False
    figure, axes = plt.subplots(figsize=(9, 6))
    everything = [record for group in groups.values() for record in group]
    low, high = (f(map(intensity, everything)) for f in (min, max))
    rates = {}
    for record in everything:
        calibration = record.document["calibration"]
        read = max(calibration["read_gbps"], rates.get(record.working_set, (0, 0))[0])
        peak = max(calibration["dot_peak_gmacs"], rates.get(record.working_set, (0, 0))[1])
        rates[record.working_set] = (read, peak)
    peak = max(rate[1] for rate in rates.values())
    for (size, (read, _)), style in zip(sorted(rates.items()), ("-", "-.", ":")):
        ends = [low, max(low, min(high, 2 * peak / read))]
        axes.plot(ends, [x * read for x in ends], color="#555555", linewidth=1, linestyle=style,
                  label=f"reads of {size} MiB: {read:.0f} GB/s")
    axes.axhline(peak, color="#555555", linewidth=1, linestyle="--",
                 label=f"dot peak: {peak:.0f} GMAC/s")
    markers = "os^vDP*X<>hpd"
    for i, ((row, records), colour) in enumerate(zip(sorted(groups.items()), colours(len(groups)))):
        axes.plot([intensity(r) for r in records], [r.gmacs for r in records], linestyle="",
                  marker=markers[i % len(markers)], markersize=4, alpha=0.7,
                  color=colour, label=row)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("MAC per byte of packed weights")
    axes.set_ylabel("GMAC/s, one thread")
    axes.set_title("Roofline: every kernel at every M, its fastest shape")
    axes.legend(fontsize=6, ncol=3)
    save(plt, figure, path)
    return True


def family_speeds(plt, measurements, weights, path):
    """Speed against M of every forced kernel of one format, and of the default choice."""
    forced = measurements.select(ours=True, forced_kernel=True, forced_target=False, weights=weights)
    if not forced:
        return False
    shape = forced[0].shape
    modes = ordered(r.mode for r in forced)
    figure, panels = plt.subplots(1, len(modes), figsize=(4.8 * len(modes), 4), squeeze=False)
    for axes, mode in zip(panels[0], modes):
        chosen = [r for r in forced if r.mode == mode and r.shape == shape]
        rows = ordered(r.kernel for r in chosen)
        for row, colour in zip(rows, colours(len(rows))):
            axes.plot(*over_tokens([r for r in chosen if r.kernel == row]), marker="o", markersize=4,
                      color=colour, label=row)
        usual = measurements.select(by_default=True, weights=weights, mode=mode, shape=shape,
                                    threads=1, working_set=chosen[0].working_set)
        if usual:
            axes.plot(*over_tokens(usual), color="#000000", linestyle=":", linewidth=2,
                      label="default choice")
        peak = max(r.document["calibration"]["dot_peak_gmacs"] for r in chosen)
        axes.axhline(peak, color="#555555", linewidth=1, linestyle="--", label="dot peak")
        log2_axis(axes, [r.m for r in chosen])
        axes.set_ylim(bottom=0)
        axes.set_xlabel("M (tokens)")
        axes.set_ylabel("GMAC/s, one thread")
        axes.set_title(f"{weights}, {mode}, {shape_text(shape)}")
        axes.legend(fontsize=7)
    save(plt, figure, path)
    return True


def model_seconds(measurements, weights, mode, working_set):
    """Seconds of one token through all linear layers of the model, or None."""
    seconds = 0.0
    for count, n, k in MODEL:
        record = first(measurements.select(by_default=True, m=1, threads=1, weights=weights,
                                          mode=mode, shape=(n, k), working_set=working_set))
        if record is None:
            return None
        seconds += MODEL_LAYERS * count * record.seconds
    return seconds


def model_points(measurements, mode, working_set):
    """(bits per weight, tokens per second, format) of every format that was measured."""
    points = []
    ours = measurements.select(by_default=True, m=1, mode=mode, working_set=working_set)
    for weights in by_format(ours):
        seconds = model_seconds(measurements, weights, mode, working_set)
        if seconds is None:
            continue
        bits = sum(count * n * k * first([r for r in ours if r.weights == weights
                                         and r.shape == (n, k)]).bits for count, n, k in MODEL)
        points.append((bits * MODEL_LAYERS / MODEL_WEIGHTS, 1.0 / seconds, weights))
    return points


def bits_and_tokens(plt, measurements, path):
    """Bits per weight against tokens per second of one core, beside what bandwidth allows."""
    if not measurements.working_sets:
        return False
    size = measurements.working_sets[-1]
    figure, axes = plt.subplots(figsize=(7, 4.5))
    drawn = False
    for i, mode in enumerate(("fast", "exact")):
        points = model_points(measurements, mode, size)
        if not points:
            continue
        drawn = True
        axes.plot([p[0] for p in points], [p[1] for p in points], linestyle="", marker="os"[i],
                  color=colours(2)[i], label=mode)
        for bits, rate, weights in points if mode == "fast" else []:
            axes.annotate(weights, (bits, rate), textcoords="offset points", xytext=(5, 4),
                          fontsize=8)
    if not drawn:
        plt.close(figure)
        return False
    read = max(r.document["calibration"]["read_gbps"]
               for r in measurements.select(working_set=size, threads=1))
    bits = [1 + i / 20 for i in range(80)]
    axes.plot(bits, [read * 1e9 * 8 / (b * MODEL_WEIGHTS) for b in bits], color="#555555",
              linewidth=1, label=f"reading at {read:.1f} GB/s")
    axes.set_xlabel("bits per weight, everything counted")
    axes.set_ylabel("tokens per second, one thread")
    axes.set_ylim(bottom=0)
    axes.set_title(f"Linear layers of a model of {MODEL_WEIGHTS / 1e9:.1f} G weights, "
                   f"working set {size} MiB")
    axes.legend(fontsize=8)
    save(plt, figure, path)
    return True


def draw_all(measurements, folder):
    """Writes the plots for which there are figures; returns (path, title) pairs."""
    plt = pyplot()
    folder.mkdir(parents=True, exist_ok=True)
    images = []

    def add(name, title, drawn):
        if drawn:
            images.append((folder / name, title))

    add("roofline.svg", "Roofline", roofline(plt, measurements, folder / "roofline.svg"))
    for weights in by_format(measurements.select(ours=True, forced_kernel=True, forced_target=False)):
        name = "speed_" + weights.replace(":", "_") + ".svg"
        add(name, f"Speed against M, {weights}",
            family_speeds(plt, measurements, weights, folder / name))
    add("bits_tokens.svg", "Bits per weight against tokens per second",
        bits_and_tokens(plt, measurements, folder / "bits_tokens.svg"))
    return images
