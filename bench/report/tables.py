"""docs/performance.md: what was measured, on what, as tables."""

import math

# Formats in the order of bits; others follow in the order in which they were measured.
FORMAT_ORDER = ["int1", "ternary", "int2", "int3", "int4"]


def ordered(values):
    """Without repetitions, in order of appearance."""
    return list(dict.fromkeys(values))


def by_format(records):
    """(format, group) pairs, few bits first."""

    def rank(weights):
        name = weights.split(":")[0]
        return FORMAT_ORDER.index(name) if name in FORMAT_ORDER else len(FORMAT_ORDER)

    return sorted(ordered(r.weights for r in records), key=rank)


def figure(value, decimals):
    """With so many decimals, or more where less than two digits of it would be left."""
    if value and math.isfinite(value) and value != int(value):
        decimals = max(decimals, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


def table(headers, rows):
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in [headers, ["---"] * len(headers)]]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def shape_text(shape):
    return f"{shape[0]}x{shape[1]}"


def first(records):
    """Of several measurements of one thing the first, or None: runs that measure other libraries
    beside ours come later."""
    return records[0] if records else None


def cell(record, attribute, decimals):
    return figure(getattr(record, attribute), decimals) if record else "-"


def pivot(records, row_of, column_of, value):
    """Columns, and the rows of a table with them: a record for each pair."""
    cells = {}
    for record in records:
        cells.setdefault((row_of(record), column_of(record)), record)
    columns = ordered(column_of(r) for r in records)
    return columns, [[row] + [value(cells.get((row, c))) for c in columns]
                     for row in ordered(row_of(r) for r in records)]


def sorted_records(records):
    order = {weights: i for i, weights in enumerate(by_format(records))}
    modes = {"fast": 0, "exact": 1}
    return sorted(records, key=lambda r: (order[r.weights], modes.get(r.mode, 2), r.m))


def machine_section(measurements):
    documents = measurements.documents
    machine = documents[0]["machine"]
    caches = (f"L1d {machine['l1d_bytes'] >> 10} KiB, L2 {machine['l2_bytes'] >> 10} KiB, "
              f"L3 {machine['l3_bytes'] >> 20} MiB")
    dates = sorted(d["date"][:16].replace("T", " ") for d in documents)
    compilers = ordered(d["build"]["compiler"] for d in documents)
    least = ordered(f"{d['settings']['min_time_ms']:g} ms" for d in documents)
    facts = [
        ["machine", f"{machine['name']}, {machine['cores']} cores, {caches}"],
        ["targets", " ".join(machine["targets"])],
        ["date", dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"],
        ["compiler", ", ".join(compilers)],
        ["time per figure, at least", ", ".join(least)],
        ["version", ", ".join(ordered(d["build"]["version"] for d in documents))],
    ]
    return "## Machine\n\n" + table(["", ""], facts)


def calibration_section(measurements):
    rows = []
    for document in measurements.documents:
        rates, settings = document["calibration"], document["settings"]
        rows.append((settings["threads"], settings["working_set_mib"],
                     rates["read_gbps"], rates["dot_peak_gmacs"]))
    body = []
    for threads, size in sorted({row[:2] for row in rows}):
        same = [row for row in rows if row[:2] == (threads, size)]
        body.append([threads, size] + [
            f"{figure(min(r[i] for r in same), 1)} to {figure(max(r[i] for r in same), 1)}"
            for i in (2, 3)])
    return ("## What the machine can do\n\n"
            "Each run of measurements calibrates itself: how fast its threads read a working set "
            "of that size, and how many int8 products they sum in registers. Here is how far the "
            "runs lie apart; ratios below are to the same two, measured between rounds of calls "
            "(docs/benchmarks.md).\n\n"
            + table(["threads", "working set MiB", "read GB/s", "dot peak GMAC/s"], body))


def shape_tables(records, attribute, title):
    """One table per mode: formats against shapes."""
    text = []
    for mode in ordered(r.mode for r in records):
        chosen = sorted_records([r for r in records if r.mode == mode])
        if not chosen:
            continue
        columns, body = pivot(chosen, lambda r: r.weights, lambda r: shape_text(r.shape),
                              lambda r: cell(r, attribute, 2))
        text.append(f"{title}, {mode}:\n\n" + table(["format"] + columns, body))
    return "\n\n".join(text)


def decode_section(measurements):
    text = ["## One token\n\nM = 1, one thread, weights rotating through the working set: packed "
            "bytes per second over the read bandwidth at that moment. 1 means that the weights "
            "are read as fast as this core can read."]
    for size in measurements.working_sets:
        records = measurements.select(by_default=True, m=1, threads=1, working_set=size)
        if records:
            text.append(shape_tables(records, "read_ratio", f"Working set {size} MiB"))
    return "\n\n".join(text)


def tokens_section(measurements):
    """Speed against M for the shape that was measured with most M."""
    if not measurements.working_sets:
        return ""
    records = measurements.select(by_default=True, threads=1,
                                  working_set=measurements.working_sets[0])
    counts = {s: len({r.m for r in records if r.shape == s}) for s in {r.shape for r in records}}
    shape = max(counts, key=lambda s: (counts[s], -abs(s[0] - 4096) - abs(s[1] - 4096)))
    text = [f"## Many tokens\n\nGMAC/s for N x K = {shape_text(shape)}, one thread, and as a share "
            "of the dot peak: int8 products in registers. A call counts everything from f32 "
            "activations to f32 outputs."]
    for attribute, decimals, what in (("gmacs", 0, "GMAC/s"),
                                  ("dot_ratio", 2, "share of the dot peak")):
        for mode in ordered(r.mode for r in records):
            chosen = sorted_records([r for r in records if r.shape == shape and r.mode == mode])
            columns, body = pivot(chosen, lambda r: r.weights, lambda r: f"M={r.m}",
                                  lambda r: cell(r, attribute, decimals))
            text.append(f"{what}, {mode}:\n\n" + table(["format"] + columns, body))
    most = max(r.m for r in records)
    at_most = [r for r in records if r.m == most]
    text.append(shape_tables(at_most, "dot_ratio", f"Share of the dot peak at M = {most}"))
    return "\n\n".join(text)


def crossover_section(measurements):
    """Kernels forced one by one, and what the default choice reaches of the best."""
    forced = [r for r in measurements.select(ours=True, forced_kernel=True, forced_target=False)]
    text = []
    for weights, mode in ordered((r.weights, r.mode) for r in sorted_records(forced)):
        same = [r for r in forced if (r.weights, r.mode) == (weights, mode)]
        body = []
        names = ordered(r.kernel for r in same)
        for m in sorted({r.m for r in same}):
            here = [first([r for r in same if r.m == m and r.kernel == name]) for name in names]
            body.append(crossover_line(measurements, here))
        text.append(f"{weights}, {mode}:\n\n"
                    + table(["M"] + names + ["default choice", "of the best"], body))
    if not text:
        return ""
    return ("## Kernels\n\nGMAC/s of every kernel that can run, forced, against M; what the plan takes "
            "by default, and how fast that kernel is against the fastest of the same layout.\n\n" + "\n\n".join(text))


def crossover_line(measurements, kernels):
    """One M: speeds of the forced kernels, None where one cannot do it; the default one, and its
    share of the best of its layout."""
    here = [r for r in kernels if r]
    one = here[0]
    usual = first(measurements.select(by_default=True, weights=one.weights, mode=one.mode, m=one.m,
                                     shape=one.shape, threads=one.threads,
                                     working_set=one.working_set))
    speeds = {r.kernel: r.gmacs for r in here if usual and r.layout == usual.layout}
    chosen = ["-", "-"]
    if usual and usual.kernel in speeds:
        chosen = [usual.kernel, figure(speeds[usual.kernel] / max(speeds.values()), 2)]
    return [one.m] + [cell(r, "gmacs", 0) for r in kernels] + chosen


def threads_section(measurements):
    body = []
    for many in measurements.select(by_default=True):
        if many.threads == 1:
            continue
        one = first(measurements.select(by_default=True, threads=1, weights=many.weights,
                                       mode=many.mode, m=many.m, shape=many.shape,
                                       working_set=many.working_set))
        if one:
            body.append([many.weights, many.mode, shape_text(many.shape), many.m, many.threads,
                         figure(many.gmacs, 0), figure(one.seconds / many.seconds, 2)])
    if not body:
        return ""
    headers = ["format", "mode", "NxK", "M", "threads", "GMAC/s", "over one thread"]
    return "## Threads\n\n" + table(headers, body)


def targets_section(measurements):
    records = measurements.select(ours=True, forced_target=True)
    if not records:
        return ""
    body = [[r.target, r.weights, r.mode, shape_text(r.shape), r.m, r.kernel, figure(r.gmacs, 0),
             figure(r.gbps, 1)] for r in records]
    headers = ["target", "format", "mode", "NxK", "M", "kernel", "GMAC/s", "weight GB/s"]
    return "## Other targets, forced\n\n" + table(headers, body)


def others_section(measurements):
    """Other libraries beside ours, from the runs that measured both."""
    documents = [d for d in measurements.documents
                 if any(r["format"].startswith(("ggml_", "onednn_")) for r in d["results"])]
    if not documents:
        return ""
    records = [r for r in measurements.records if r.document in documents]
    body = [[f"{r.n}x{r.k}", r.m, r.format, r.kernel, figure(r.bits, 2), figure(r.seconds * 1e6, 1),
             figure(r.gmacs, 0), f"{r.nmse:.1e}"]
            for r in sorted(records, key=lambda r: (r.n, r.k, r.m, r.bits))]
    headers = ["NxK", "M", "format", "kernel", "bits", "us", "GMAC/s", "NMSE"]
    return ("## Beside other libraries\n\nThe same products in the same runs, one after the other. "
            "oneDNN's u8 x s8 leaves the quantisation of activations out; ggml's and ours count "
            "it.\n\n" + table(headers, body))


def accuracy_section(measurements):
    records = measurements.select(by_default=True)
    body = []
    for weights in by_format(records):
        for mode in ordered(r.mode for r in records):
            errors = [r.nmse for r in records if r.weights == weights and r.mode == mode]
            if errors:
                body.append([weights, mode, f"{min(errors):.1e}", f"{max(errors):.1e}"])
    return ("## Error\n\nNMSE of sampled outputs against float64 on Gaussian activations, over all "
            "shapes above; weights count as exact. [numerics.md](numerics.md) has the bounds.\n\n"
            + table(["format", "mode", "least", "most"], body))


def single_kernels_section(measurements):
    """Packing and table building, from the Google Benchmark programs."""
    body = []
    for document in measurements.single_kernels:
        for run in document["benchmarks"]:
            if run["name"].startswith(("pack/", "tables/")) and "GB/s" in run:
                body.append([run["name"], f"{figure(run['real_time'], 0)} {run['time_unit']}",
                             figure(run['GB/s'], 2)])
    if not body:
        return ""
    return ("## Packing and tables\n\n`pack_bench` and `tables_bench`, one thread: bytes made per "
            "second.\n\n" + table(["benchmark", "time", "GB/s"], body))


def commands_section(measurements):
    commands = ordered(d["settings"]["command"] for d in measurements.documents)
    return "## Commands\n\n```text\n" + "\n".join(commands) + "\n```"


def images_section(images):
    if not images:
        return ""
    return "## Plots\n\n" + "\n\n".join(f"![{text}]({path})" for path, text in images)


INTRODUCTION = """# Performance

How fast is what on which machine? `bench/report` made this page of one run of `bench/run_performance.sh`
and, where ggml is installed, one of `compare_ggml`; [benchmarks.md](benchmarks.md) tells how to run them and how to
read the figures. Times are medians of whole calls. `int2:128` is format and group."""


def page(measurements, images):
    sections = [INTRODUCTION, machine_section(measurements), calibration_section(measurements),
                images_section(images), decode_section(measurements), tokens_section(measurements),
                crossover_section(measurements), threads_section(measurements),
                targets_section(measurements), others_section(measurements),
                accuracy_section(measurements), single_kernels_section(measurements),
                commands_section(measurements)]
    return "\n\n".join(section for section in sections if section) + "\n"
