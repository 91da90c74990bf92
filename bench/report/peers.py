"""Other libraries beside ours, from the runs that measured both."""

from markdown import figure, headed, per_core, section, table
from results import SHAPE

# What of another library holds the same weights, or takes as many bits.
PEERS = (("int1", "ggml", ("q1_0",)), ("ternary", "ggml", ("tq1_0", "tq2_0")),
         ("int2", "ggml", ("q2_0", "q2_K")), ("int3", "ggml", ("q3_K",)),
         ("int4", "ggml", ("q4_0", "q4_K", "mxfp4")), ("int4", "onednn", ("u8s8",)))
LIBRARIES = {"ggml": "ggml", "onednn": "oneDNN"}
TOKENS = (1, 8, 64, 512)


def beside(core, peer, m):
    """Ours and the fastest of the other library's types at so many tokens, or None."""
    name, library, types = peer
    here = [r for r in core.records if r.m == m and r.shape == SHAPE and r.threads == 1]
    others = [r for r in here if r.format in {f"{library}_{one}" for one in types}]
    if not others:
        return None
    other = max(others, key=lambda r: r.gmacs)
    ours = next((r for r in here if r.run is other.run and r.format == name), None)
    return (ours, other) if ours else None


def cells(core, peer, m):
    """Speed of ours, speed and type of the other, how many times faster ours is."""
    pair = beside(core, peer, m)
    if not pair:
        return ["-", "-", "-"]
    ours, other = pair
    return [figure(ours.gmacs, 0), f"{figure(other.gmacs, 0)} {other.format.partition('_')[2]}",
            f"{figure(other.time_us / ours.time_us, 1)}x"]


def others_section(cores):
    rows = [[peer[0], LIBRARIES[peer[1]], m,
             *per_core(cores, lambda core, peer=peer, m=m: cells(core, peer, m))]
            for peer in PEERS for m in TOKENS]
    return section(
        "## Beside other libraries\n\nGMAC/s of the same product, N = K = 4096, one thread, in the "
        "same run: ours in mode fast; the fastest of the other library's types for such weights, in "
        "whatever kind of memory serves it best; and how many times less time ours takes. oneDNN's "
        "u8 x s8 has 8 bits per weight and leaves the quantisation of activations out, which ggml's "
        "and ours count.",
        ["ours", "other", "M", *headed(cores, ("ours", "other", "ours faster"))], rows, heads=3)


def readme_table(cores):
    """Ours beside others: one token and many, as GMAC/s and as a ratio."""
    def both(core, peer):
        for m in (1, 512):
            ours, other, ratio = cells(core, peer, m)
            yield f"{ours} : {other}, **{ratio}**" if ours != "-" else "-"

    rows = [[f"{peer[0]}, {LIBRARIES[peer[1]]}",
             *per_core(cores, lambda core, peer=peer: both(core, peer))] for peer in PEERS]
    measured = ", ".join(f"{core.name} on {core.said('date')} ({core.said('compiler')}, commit "
                         f"{core.said('commit')})" for core in cores)
    return f"Measured: {measured}.\n\n" + table(["weights, other library", *headed(cores, ("one token", "512 tokens"))], rows)
