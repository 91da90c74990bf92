"""The predicted time of a call, as src/plan/choice/cost.cc has it, and its coefficients' fit.

A call's work takes `core` nanoseconds of its core, a sum over COEFFICIENTS, and reading its weights
`read`. Reading overlaps in part with `beside` of core's work, the rest follows:
sqrt(b^2 + read^2) + core - b, where b = beside core.
"""

import math
from dataclasses import dataclass, field, replace

from nnls import nnls

COEFFICIENTS = ("act", "weight", "product", "scale", "fold", "spill", "point_weight",
                "point_fold", "offset_weight", "offset_fold", "near", "far")
NEAR, FAR = 10, 11
_ROUNDS = 30


@dataclass
class Point:
    """A measured call: units of work for each coefficient, but of near and far ns of reading."""

    work: list
    ns: float
    spread: float
    row: dict = field(repr=False)
    beside: float = 1.0  # part of the core's work that is done while weights are read
    levels: dict = field(default_factory=dict)  # near and far ns of reading from each level
    rank: float = 1.0  # the fastest kernel's time over this one's


def make_point(row, read):
    """Of a line of `costs features`; read: nanoseconds per byte at (level, threads)."""
    point, offset = row["zero"] == "integer", row["zero"] == "float"
    number = {key: float(row[key]) for key in ("acts", "weights", "products", "scales", "folds", "spills")}
    work = [number["acts"], number["weights"], number["products"], number["scales"],
            number["folds"], number["spills"], number["weights"] * point, number["folds"] * point,
            number["weights"] * offset, number["folds"] * offset]
    threads = int(row["threads"])
    work = [amount / threads for amount in work]
    levels = {}
    for level in ("L2", "L3", "DRAM"):
        reading = float(row["bytes"]) * read[level, threads]
        levels[level] = [0.0, reading] if level == "DRAM" else [reading, 0.0]
    return Point(work + levels[row["level"]], float(row["ns"]), float(row["spread"]), row,
                 float(row["beside"]), levels)


def _parts(cost, point):
    """What the core does beside reading and what reading takes, both together, and all."""
    core = sum(c * w for c, w in zip(cost[:NEAR], point.work[:NEAR]))
    read = cost[NEAR] * point.work[NEAR] + cost[FAR] * point.work[FAR]
    beside = core * point.beside
    mixed = max(math.hypot(beside, read), 1e-9)
    return beside, read, mixed, mixed + core - beside


def predict(cost, point):
    return _parts(cost, point)[3]


CHOICE_OUTPUTS = 1024  # kChoiceOutputs of src/plan/choice/choose.h


def price(cost, point, l2_bytes):
    """What a choice compares: plans count as many outputs for all products, and do not know whether
    what L3 can hold comes from there."""
    share = CHOICE_OUTPUTS / int(point.row["n"])

    def at(level):
        work = [point.work[0]] + [amount * share for amount in point.work[1:NEAR]]
        return predict(cost, replace(point, work=work + [ns * share for ns in point.levels[level]]))

    if float(point.row["bytes"]) * share <= l2_bytes / 2:
        return at("L2")
    return math.sqrt(at("L3") * at("DRAM"))


def _weight(point):
    """What was measured unsteadily counts less, and so does what no choice depends on."""
    return min(1.0, 2.0 * point.rank) ** 2 / (1.0 + 10.0 * min(point.spread, 0.3))


def _rows(points, cost, free):
    """The relative error of every point, as linear in the free coefficients around `cost`."""
    rows, right = [], []
    for point in points:
        beside, read, mixed, time = _parts(cost, point)
        core = point.beside * beside / mixed + 1.0 - point.beside
        slope = [w * core for w in point.work[:NEAR]]
        slope += [w * read / mixed for w in point.work[NEAR:]]
        scale = _weight(point) / point.ns
        linear = sum(c * s for c, s in zip(cost, slope))
        rows.append([slope[i] * scale for i in free])
        right.append((point.ns - time + linear) * scale)
    return rows, right


def _free(points):
    """Coefficients that these points can tell apart."""
    free = [i for i in range(len(COEFFICIENTS)) if any(p.work[i] for p in points)]
    if all(p.work[1] == p.work[2] for p in points):
        free.remove(2)  # each token by itself: a pass per token
    return free


# What a stream is thought to take where little is known, and how firmly.
_USUAL, _FIRM = 1.1, 0.2


def _pulls(prior, pull, free):
    """Rows that hold coefficients where they are thought to be."""
    for at, i in enumerate(free):
        if prior is not None:
            yield [pull / prior[i] if j == at else 0.0 for j in range(len(free))], pull
        elif i >= NEAR:
            yield [_FIRM if j == at else 0.0 for j in range(len(free))], _FIRM * _USUAL


def _start(points, free):
    cost = [sum(p.ns / p.work[i] for p in points if p.work[i]) / len(points) / len(free)
            if i in free else 0.0 for i in range(len(COEFFICIENTS))]
    cost[NEAR] = cost[FAR] = _USUAL
    return cost


def fit(points, prior=None, pull=0.0):
    """Coefficients of the least relative error; `prior` pulls each to its own value."""
    free = _free(points)
    if prior is not None:
        free = [i for i, p in enumerate(prior) if p > 0.0]
    cost = list(prior) if prior is not None else _start(points, free)
    for _ in range(_ROUNDS):
        rows, right = _rows(points, cost, free)
        for row, value in _pulls(prior, pull, free):
            rows.append(row)
            right.append(value)
        for i, value in zip(free, nnls(rows, right)):
            cost[i] = 0.5 * cost[i] + 0.5 * value
    if FAR not in free:
        cost[FAR] = cost[NEAR]
    return cost


def errors(cost, points):
    return [predict(cost, point) / point.ns - 1.0 for point in points]
