"""The generated header: rates of reading and coefficients of every core, target and kernel."""

import math

from model import errors

_HEAD = """// Made by bench/costs/fit.py. Do not edit.
//
// LUTGEMM_READ: ns per byte of one thread. LUTGEMM_COST: ns per unit of
// act, weight, product, scale, fold, spill; more of them for zeros: point_weight, point_fold,
// offset_weight, offset_fold; near, far; and bytes to prefetch ahead (plan/choice/cost.h).
// clang-format off
"""


def _number(value):
    """A float literal; what is too small to matter is 0."""
    text = f"{value if value > 1e-6 else 0:.4g}"
    return text + ("f" if any(c in text for c in ".e") else ".0f")


def _mode(mode):
    return {"fast": "kFast", "exact": "kExact"}[mode]


def _comment(cost, points):
    if not points:
        return "computed"
    found = errors(cost, points)
    rms = math.sqrt(sum(e * e for e in found) / len(found))
    return f"{len(points)} times, rms {rms:.3f}, worst {max(abs(e) for e in found):.2f}"


def _reads(core, reads):
    for level in ("L2", "L3", "DRAM"):
        name = {"L2": "kL2", "L3": "kL3", "DRAM": "kDram"}[level]
        yield f"LUTGEMM_READ({core}, {name}, {_number(reads[level, 1])})"


# Of kernels whose distance was not measured on a core: with which they were written.
_USUAL_AHEAD, _TERNARY5_AHEAD = 4096, 2048


def emit(lines, reads, entries, ahead):
    """The file's text. `lines` tell how good it is; `ahead` has distances of prefetching that were
    measured, at (core, target, kernel, mode)."""
    out = [_HEAD.rstrip()] + [f"// {line}" for line in lines]
    for core, table in entries.items():
        name = "k" + core.capitalize()
        out += _reads(name, reads[core])
        for (target, kernel, mode), (cost, points) in table.items():
            usual = _TERNARY5_AHEAD if kernel.startswith("ternary5") else _USUAL_AHEAD
            distance = ahead.get((core, target, kernel, mode), usual)
            numbers = ", ".join([*(_number(c) for c in cost), str(distance)])
            out.append(f"LUTGEMM_COST({name}, {target}, {kernel}, {_mode(mode)}, {numbers})  "
                       f"// {_comment(cost, points)}")
    return "\n".join(out) + "\n// clang-format on\n"
