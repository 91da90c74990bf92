"""Tables of a page with columns for each core."""

import math

from results import FORMATS

NOTHING = {"-", "- / -"}


def ordered(values):
    """Without repetitions, in order of appearance."""
    return list(dict.fromkeys(values))


def figure(value, decimals):
    """With so many decimals, or more where less than two digits of it would be left."""
    if value is None:
        return "-"
    if value and math.isfinite(value) and value != int(value):
        decimals = max(decimals, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


def table(headers, rows):
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def section(lead, headers, rows, heads=1):
    """Text and a table of the rows that say something behind so many heads; nothing without any."""
    said = [row for row in rows if set(row[heads:]) - NOTHING]
    return f"{lead}\n\n{table(headers, said)}" if said else ""


def joined(*parts):
    return "\n\n".join(part for part in parts if part)


def weights_of(cores):
    """Formats with their groups: few bits first, then in the order in which they were measured."""
    found = ordered(r.weights for core in cores for r in core.records if r.by_default)
    rank = {name: i for i, name in enumerate(FORMATS)}
    return sorted(found, key=lambda weights: rank.get(weights.split(":")[0], len(rank)))


def per_core(cores, cells):
    """The cells of every core, one after the other."""
    return [cell for core in cores for cell in cells(core)]


def headed(cores, names):
    return [f"{core.name}: {name}" for core in cores for name in names]


def by_format(cores, cells):
    """A row for each format: `cells(core, weights)` gives those of a core."""
    return [[weights, *per_core(cores, lambda core, weights=weights: cells(core, weights))]
            for weights in weights_of(cores)]
