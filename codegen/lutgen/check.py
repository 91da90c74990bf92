"""What a well-formed spec can still get wrong: names, references, gaps."""

import re
from collections import Counter

import formats
import isa
import kernels

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def duplicates(loaded):
    for table, entries in loaded.tables.items():
        for key in ("name", "id"):
            values = Counter(e[key] for e in entries if key in e)
            yield from (f"{table}: {key} {v!r} is given {n} times"
                        for v, n in values.items() if n > 1)
        if not entries:
            yield f"{table}: there is no entry"
        for entry in (e for e in entries if "name" in e and table != "target"):
            if not NAME.fullmatch(entry["name"]):
                yield f"{table}: name {entry['name']!r} is not lower-case words joined by '_'"


def label(entry):
    return entry.get("name") or f"{entry['method']} {entry['regime']}"


def references(loaded):
    """Names that one entry uses and no other has. (table, key, table that the key names.)"""
    for table, key, target in (("kernel", "method", "method"), ("kernel", "regime", "regime"),
                               ("kernel", "layout", "layout"), ("kernel", "packing", "packing"),
                               ("kernel", "modes", "mode"), ("kernel", "folds", "fold"),
                               ("kernel", "needs", "need"), ("target", "has", "need"),
                               ("packing", "modes", "mode"), ("family", "zeros", "zero"),
                               ("family", "scales", "elem"), ("family", "super_scales", "elem"),
                               ("format", "family", "family"), ("format", "layouts", "layout"),
                               ("format", "layout_whole", "layout")):
        for entry in loaded.tables[table]:
            used = entry[key] if isinstance(entry[key], list) else [entry[key]]
            for name in used:
                if name not in loaded.names(target):
                    yield f"{table} {label(entry)}: {key} names no {target}: {name!r}"
            if isinstance(entry[key], list) and len(set(used)) != len(used):
                yield f"{table} {label(entry)}: {key} repeats an entry"


def layouts(loaded):
    for layout in loaded.tables["layout"]:
        where = f"layout {layout['name']}"
        if layout["groups"] not in ("any", "whole"):
            yield f"{where}: groups must be 'any' or 'whole'"
        if not 0 <= layout["id"] <= 255:
            yield f"{where}: its id does not fit a byte"
        if bool(layout["formats"]) != bool(layout["planes"]) or (
                bool(layout["formats"]) != (layout["version"] >= 1 and layout["strip"] >= 1)):
            yield f"{where}: formats, planes, version and strip go together"


def mistakes(loaded):
    """All mistakes, as texts. Later checks rely on what earlier ones found right."""
    for checks in ((duplicates,), (references,), (layouts,), (kernels.rows, formats.mistakes),
                   (kernels.names,), (kernels.coverage,), (isa.mistakes,)):
        found = [text for check in checks for text in check(loaded)]
        if found:
            return found
    return []
