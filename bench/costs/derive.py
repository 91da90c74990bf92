"""Coefficients of cores that were measured in part, or not at all."""

from statistics import median

from model import NEAR, fit, predict

# How strongly the coefficients of a measured core hold those that few times are fitted to.
_PULL = 0.5


def _kind(kernel):
    """Method and regime: kernels of which one core's time is about the same multiple of another's."""
    for regime in ("gemv", "small_m", "gemm"):
        at = kernel.find(f"_{regime}_")
        if at >= 0:
            return kernel[:at], regime
    raise ValueError(f"no regime in '{kernel}'")


def _ratios(known, points, name):
    """Of points that `name` calls alike, the median of measured over predicted time."""
    found = {}
    for point in points:
        key = point.row["target"], point.row["kernel"], point.row["mode"]
        if key in known:
            found.setdefault(name(*key), []).append(point.ns / predict(known[key][0], point))
    return {key: median(values) for key, values in found.items()}


def from_some_points(known, points):
    """Entries of a core of which few times are known: the other core's, times what the kernel took
    more or less there; where it was not timed, what others of its method and regime took; and then
    fitted to its times from there."""
    own = _ratios(known, points, lambda *key: key)
    alike = _ratios(known, points, lambda target, kernel, _: (target, *_kind(kernel)))
    every = _ratios(known, points, lambda target, *_: target)
    entries = {}
    for key, (cost, _) in known.items():
        target, kernel, _ = key
        ratio = own.get(key, alike.get((target, *_kind(kernel)), every.get(target, 1.0)))
        prior = [c * ratio for c in cost[:NEAR]] + cost[NEAR:]
        mine = [p for p in points if (p.row["target"], p.row["kernel"], p.row["mode"]) == key]
        entries[key] = (fit(mine, prior, _PULL) if mine else prior, mine)
    return entries


# Zen 4 does 512-bit instructions in two halves and loads 64 bytes a cycle instead of twice that, at
# 3.7 GHz instead of 4.29; 256-bit ones go through as many pipes as on Zen 5.
_CLOCK = 4.29 / 3.7
_ZEN4 = {"AVX3_DL": 2.0 * _CLOCK, "AVX3": 2.0 * _CLOCK, "AVX2": _CLOCK, "SSE4": _CLOCK,
         "PORTABLE": _CLOCK}
# What was measured there: int1 on AVX2, many tokens, gave 120 to 125 GMAC/s by lookups in minutes in
# which it gave 65 to 130 by products. Zen 5 gave 166 and 173.
_ZEN4_AVX2 = {"lut4": 166 / 122.5, "ternary5": 166 / 122.5, "dot": 173 / 97.5,
              "codebook": 173 / 97.5}
_ZEN4_READ = {("L2", 1): 1 / 110, ("L3", 1): 1 / 80, ("DRAM", 1): 1 / 30, ("DRAM", 2): 1 / 55}


def zen4(zen5):
    """Entries and rates of reading, all of them computed."""
    entries = {}
    for (target, kernel, mode), (cost, _) in zen5.items():
        ratio = _ZEN4_AVX2[_kind(kernel)[0]] if target == "AVX2" else _ZEN4[target]
        entries[target, kernel, mode] = ([c * ratio for c in cost[:NEAR]] + cost[NEAR:], [])
    return entries, _ZEN4_READ
