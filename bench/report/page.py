"""docs/gen/performance.md: what was measured, with columns for each core."""

import statistics

from markdown import by_format, figure, headed, joined, ordered, section, table, weights_of
from peers import others_section
from results import SHAPE

TOKENS = (8, 64, 512)
MODES = ("fast", "exact")


def notes(cores):
    """What is to be said of the measurements, and of which cores."""
    found = {}
    for core in cores:
        if core.document["note"]:
            found.setdefault(core.document["note"], []).append(core.name)
    return [f"{', '.join(names)}: {note}" for note, names in found.items()]


def rate(core, key, size):
    """The range of a calibration over the runs of one thread with such a working set."""
    rates = sorted(value for run in core.runs for value in run[key]
                   if (run["threads"], run["working_set_mib"]) == (1, size))
    ends = ordered(f"{value:.0f}" for value in (rates[0], rates[-1]))
    return " to ".join(ends)


def facts(core):
    """What a core's column says, by the heads of the lines."""
    machine, (small, large) = core.document["machine"], core.working_sets

    return {
        "machine": f"{machine['name']}, {machine['cores']} cores",
        "caches L1d, L2, L3": (f"{machine['l1d_bytes'] >> 10} KiB, {machine['l2_bytes'] >> 10} KiB, "
                               f"{machine['l3_bytes'] >> 20} MiB"),
        "targets": ", ".join(machine["targets"]),
        "date": core.said("date"),
        "commit": core.said("commit"),
        "compiler": core.said("compiler"),
        "weights in cache, in memory: MiB": f"{small}, {large}",
        "one core reads, cache: GB/s": rate(core, "read_gbps", small),
        "one core reads, memory: GB/s": rate(core, "read_gbps", large),
        "dot peak of one core: GMAC/s": rate(core, "dot_peak_gmacs", small),
        "all figures": f"[{core.file}](../../bench/results/{core.file})",
        "what was tried": f"[log](../../bench/log/{core.file.removesuffix('.json')}.md)",
    }


def cores_section(cores):
    columns = [facts(core) for core in cores]
    rows = [[head, *(column[head] for column in columns)] for head in columns[0]]
    return joined("## Cores", table(["", *(core.name for core in cores)], rows), *notes(cores))


def read_shares(core, weights, mode):
    """Median and least share of the bandwidth, from memory and from a cache."""
    for size in core.working_sets[::-1]:
        shares = [r.read_ratio for r in core.select(weights=weights, mode=mode, m=1, threads=1,
                                                    by_default=True, working_set_mib=size)
                  if r.read_ratio is not None]
        yield f"{statistics.median(shares):.2f} ({min(shares):.2f})" if shares else "-"


def one_token_section(cores):
    tables = [section(f"Mode {mode}:", ["format", *headed(cores, ("memory", "cache"))],
                      by_format(cores, lambda core, w, mode=mode: read_shares(core, w, mode)))
              for mode in MODES]
    return joined("## One token", "M = 1, one thread: packed bytes per second over what the core reads at "
                  "that moment. 1 means that weights are read as fast as the core can read. Each cell is "
                  "the median over all shapes and, in brackets, the least. Weights rotate through more "
                  "than caches hold, or through half of the last cache.", *tables)


def speed(core, weights, mode, m):
    record = core.first(weights=weights, mode=mode, m=m, threads=1, by_default=True, shape=SHAPE,
                        working_set_mib=core.working_sets[0])
    if record is None or record.gmacs is None:
        return "-"
    return f"{figure(record.gmacs, 0)} ({figure(record.dot_ratio, 2)})"


def many_tokens_section(cores):
    tables = [section(f"Mode {mode}:", ["format", *headed(cores, [f"M = {m}" for m in TOKENS])],
                      by_format(cores, lambda core, w, mode=mode: [speed(core, w, mode, m) for m in TOKENS]))
              for mode in MODES]
    return joined("## Many tokens", "GMAC/s of a product with N = K = 4096, one thread, and in brackets its "
                  "share of the dot peak: as many int8 products as the core sums in registers. Lookups of "
                  "one and two bits may exceed 1, as one lookup replaces several products. A call counts "
                  "everything from f32 activations to f32 outputs.", *tables)


def choice_cell(core, weights, mode):
    """The least that the default choice reaches of the fastest kernel of its layout, and at which M."""
    shares = []
    for usual in core.select(weights=weights, mode=mode, threads=1, by_default=True):
        forced = {r.kernel: r.gmacs for r in core.select(weights=weights, mode=mode, m=usual.m,
                                                         shape=usual.shape, layout=usual.layout)
                  if "--kernel" in r.command.split() and r.working_set_mib == usual.working_set_mib}
        if usual.kernel in forced:
            shares.append((forced[usual.kernel] / max(forced.values()), usual.m))
    return f"{figure(min(shares)[0], 2)}, M = {min(shares)[1]}" if shares else "-"


def choice_section(cores):
    return section("## The choice\n\nThe speed of the kernel that a plan takes over that of the fastest "
                   "kernel of the same layout, each forced: the least over all M, and where.",
                   ["format", *headed(cores, MODES)],
                   by_format(cores, lambda core, w: [choice_cell(core, w, mode) for mode in MODES]))


def over_one_thread(core, weights, m):
    many = core.first(weights=weights, m=m, threads=2, by_default=True, mode="fast")
    one = many and core.first(weights=weights, m=m, threads=1, by_default=True, mode="fast",
                              shape=many.shape, working_set_mib=many.working_set_mib)
    return figure(many.gmacs / one.gmacs, 2) if one and one.gmacs else "-"


def threads_section(cores):
    tokens = (1, 64, 512)
    return section("## Two threads\n\nHow many times faster than one, mode fast, N = K = 4096, weights in "
                   "cache.", ["format", *headed(cores, [f"M = {m}" for m in tokens])],
                   by_format(cores, lambda core, w: [over_one_thread(core, w, m) for m in tokens]))


def targets_section(cores):
    """Speeds of the other targets, forced, at one token and many."""
    targets = ordered(r.target for core in cores for r in core.records if "--target" in r.command.split())

    def cell(core, weights, target):
        found = (core.first(weights=weights, mode="fast", m=m, target=target, shape=SHAPE) for m in (1, 512))
        return " / ".join(figure(r and r.gmacs, 0) for r in found)

    return section("## Other targets\n\nGMAC/s at M = 1 / M = 512, mode fast, N = K = 4096, where a target "
                   "is forced.", ["format", *headed(cores, targets)],
                   by_format(cores, lambda core, w: [cell(core, w, target) for target in targets]))


def model_section(cores):
    def rates(core, weights):
        found = {r["mode"]: r["tokens_per_second"] for r in core.document["model"]["results"]
                 if f"{r['format']}:{r['group']}" == weights}
        return [figure(found.get(mode), 1) for mode in MODES]

    return section("## A model of 7 G weights\n\nTokens per second of one core through the linear layers of "
                   "32 decoder layers (4 x 4096x4096, 2 x 14336x4096, 1 x 4096x14336), weights in memory: "
                   "sums of measured times, without attention.", ["format", *headed(cores, MODES)],
                   by_format(cores, rates))


def error_section(cores):
    def largest(weights, mode):
        found = [e["nmse"][1] for core in cores for e in core.document["errors"]
                 if (f"{e['format']}:{e['group']}", e["mode"]) == (weights, mode)]
        return f"{max(found):.1e}" if found else "-"

    return section("## Error\n\nThe largest NMSE of sampled outputs against float64 on Gaussian activations, "
                   "with weights whose codes are equally likely ([error.md](error.md) has others), "
                   "over all shapes and cores; weights count as exact. [numerics.md](../numerics.md) has the "
                   "bounds.", ["format", *MODES],
                   [[weights, *(largest(weights, mode) for mode in MODES)] for weights in weights_of(cores)])


INTRODUCTION = """<!-- Made by `python3 bench/report` from bench/results/. Do not edit. -->

# Performance

How fast is which format on which core: for one token and for many, beside what the core could do at best, and beside
other libraries? Times are medians of whole calls; `int2:128` is format and group. How to measure a core and how to read
the figures: [bench/README.md](../../bench/README.md). The commands are in the files of results."""


def page(cores, images):
    """The page; `images` are pairs of path, as the page names it, and title."""
    return joined(INTRODUCTION, cores_section(cores), *(f"![{title}]({path})" for path, title in images),
                  one_token_section(cores), many_tokens_section(cores), others_section(cores),
                  choice_section(cores), threads_section(cores), targets_section(cores),
                  model_section(cores), error_section(cores)) + "\n"
