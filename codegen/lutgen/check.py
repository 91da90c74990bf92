"""What a well-formed spec can still get wrong: names, references, gaps."""

import re
from collections import Counter

import isa

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def row_name(loaded, row):
    """The name that the grammar family[_mode][_layout][_bN] gives a row."""
    parts = [row["family"]]
    if len(row["modes"]) == 1:
        parts += row["modes"]
    if row["layout"] != row["family"]:
        parts.append(row["layout"])
    layout = loaded.find("layout", row["layout"])
    if layout and len(layout["planes"]) > 1:
        parts.append(f"b{row['planes']}")
    return "_".join(parts)


def planes_of(layout, format_):
    """Cells per slice that weights of a format have in a layout."""
    return format_["bits"] if len(layout["planes"]) > 1 else layout["planes"][0]


def duplicates(loaded):
    for table, entries in loaded.tables.items():
        for key in ("name", "id"):
            values = Counter(e[key] for e in entries if key in e)
            yield from (f"{table}: {key} {v!r} is given {n} times"
                        for v, n in values.items() if n > 1)
        if not entries:
            yield f"{table}: there is no entry"
        for entry in entries:
            if not NAME.fullmatch(entry["name"]):
                yield f"{table}: name {entry['name']!r} is not lower-case words joined by '_'"


def references(loaded):
    """Names that one entry uses and no other has. (table, key, table that the key names.)"""
    for table, key, target in (("row", "family", "family"), ("row", "layout", "layout"),
                               ("row", "prep", "prep"), ("row", "modes", "mode"),
                               ("prep", "modes", "mode"), ("layout", "formats", "format"),
                               ("format", "zeros", "zero"), ("format", "default_layout", "layout"),
                               ("format", "default_layout_whole", "layout")):
        for entry in loaded.tables[table]:
            used = entry[key] if isinstance(entry[key], list) else [entry[key]]
            for name in used:
                if name not in loaded.names(target):
                    yield f"{table} {entry['name']}: {key} names no {target}: {name!r}"
            if isinstance(entry[key], list) and len(set(used)) != len(used):
                yield f"{table} {entry['name']}: {key} repeats an entry"


def rows(loaded):
    for row in loaded.tables["row"]:
        where = f"row {row['name']}"
        if row["name"] != row_name(loaded, row):
            yield f"{where}: by the grammar its name is {row_name(loaded, row)}"
        if row["planes"] not in loaded.find("layout", row["layout"])["planes"]:
            yield f"{where}: layout {row['layout']} has no {row['planes']} planes"
        prep = loaded.find("prep", row["prep"])
        if not row["modes"] or not set(row["modes"]) <= set(prep["modes"]):
            yield f"{where}: prep {prep['name']} does not serve its modes"


def serves(row, layout, format_):
    """Whether a row multiplies weights of a format; rows of family book take codebooks alone."""
    return (row["layout"] == layout["name"] and row["planes"] == planes_of(layout, format_)
            and (row["family"] == "book") == format_["book"])


def coverage(loaded):
    """Every format in every layout that holds it has a row in each mode. Rows serve any M."""
    for layout in loaded.tables["layout"]:
        for name in layout["formats"]:
            format_ = loaded.find("format", name)
            rows = [r for r in loaded.tables["row"] if serves(r, layout, format_)]
            for mode in loaded.names("mode"):
                if not any(mode in r["modes"] for r in rows):
                    yield f"layout {layout['name']}: no row for {name} in {mode} mode"
    for table, key in (("prep", "prep"), ("family", "family")):
        used = {r[key] for r in loaded.tables["row"]}
        yield from (f"{table} {n}: no row uses it"
                    for n in loaded.names(table) if n not in used)


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


def formats(loaded):
    for entry in loaded.tables["format"]:
        where = f"format {entry['name']}"
        if entry["codes"] != 1 + sum(entry["multipliers"]):
            yield f"{where}: codes must count from 0 to the sum of the multipliers"
        if len(entry["multipliers"]) != entry["bits"]:
            yield f"{where}: one multiplier per bit"
        if entry["values"] and len(entry["values"]) != entry["codes"]:
            yield f"{where}: one value per code"
        for key, groups in (("default_layout", ("any",)),
                            ("default_layout_whole", ("any", "whole"))):
            layout = loaded.find("layout", entry[key])
            if entry["name"] not in layout["formats"] or layout["groups"] not in groups:
                yield f"{where}: {key} {layout['name']} does not hold it"


def mistakes(loaded):
    """All mistakes, as texts. Later checks rely on what earlier ones found right."""
    for checks in ((duplicates,), (references,), (layouts,), (rows, formats), (coverage,),
                   (isa.mistakes,)):
        found = [text for check in checks for text in check(loaded)]
        if found:
            return found
    return []
