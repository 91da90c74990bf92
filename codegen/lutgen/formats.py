"""Number formats: their mistakes, and lists of their names in words."""

import re
from fractions import Fraction

INTEGERS = ("linear", "bfp", "book")
SPECIAL_GROUPS = ("row", "tensor")
NUMBERED = re.compile(r"(.*?)(\d+)")
MOST_BOOK = 127  # magnitude of a table's integers
TABLES = (1, 4)  # that a group may select from


def is_binary(entry):
    return entry["multipliers"] == [1 << p for p in range(entry["bits"])]


def runs(numbers):
    """Neighbouring numbers together: [1, 2, 3, 5] -> [[1, 2, 3], [5]]."""
    found = []
    for number in sorted(numbers):
        if found and found[-1][-1] == number - 1:
            found[-1].append(number)
        else:
            found.append([number])
    return found


def compressed(names, to_text=lambda name: name):
    """Names with neighbours of one stem as a range: int1, int2, int3 -> "int1 to int3"."""
    stems = {}
    for name in names:
        match = NUMBERED.fullmatch(name)
        stems.setdefault(match[1] if match else name, []).append(int(match[2]) if match else None)
    found = []
    for stem, numbers in stems.items():
        if numbers[0] is None:
            found.append(to_text(stem))
            continue
        for run in runs(numbers):
            ends = [to_text(f"{stem}{n}") for n in run]
            found += ends if len(run) < 3 else [f"{ends[0]} to {ends[-1]}"]
    return found


def listed(words, last="and"):
    """ "a, b and c". """
    words = [str(word) for word in words]
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def groups_text(family):
    if family["groups"]:
        return listed(family["groups"], "or")
    return listed(["a multiple of 4", "row"] + ["tensor"] * family["whole_tensor"], "or")


def takes_group(family, group):
    """Whether a family has groups of a length, or "row" or "tensor"."""
    if group in SPECIAL_GROUPS:
        return not family["groups"] and (group == "row" or family["whole_tensor"])
    if not group.isdigit():
        return False
    return int(group) in family["groups"] if family["groups"] else int(group) > 0 == int(group) % 4


def family_mistakes(loaded, family):
    where = f"family {family['name']}"
    if family["integers"] not in INTEGERS:
        yield f"{where}: integers must be one of {', '.join(INTEGERS)}"
    if not family["formats"]:
        yield f"{where}: no format is of it"
    if not takes_group(family, family["group"]):
        yield f"{where}: its default group {family['group']!r} is none that it can have"
    if any(type(g) is not int or g < 4 or g % 4 for g in family["groups"]) or len(family["groups"]) > 4:
        yield f"{where}: groups are up to four multiples of 4"
    if "none" not in family["zeros"]:
        yield f"{where}: zeros must have 'none'"
    if family["scale"] not in family["scales"]:
        yield f"{where}: its default scale {family['scale']!r} is none of its scales"
    for scale in family["scales"] + family["super_scales"]:
        if "scale" not in (loaded.find("elem", scale) or {"use": []})["use"]:
            yield f"{where}: {scale!r} is no type of scales"
    zeros = [row[0] for row in family["rows"] if isinstance(row, list) and len(row) == 3]
    if family["rows"] and zeros != family["zeros"]:
        yield f"{where}: rows give zero kind, value and values, once for each of its zeros"


def plane_mistakes(entry):
    where = f"format {entry['name']}"
    if not 1 <= entry["bits"] <= 8:
        yield f"{where}: bits must be 1 to 8"
    elif len(entry["multipliers"]) != entry["bits"]:
        yield f"{where}: one multiplier per bit"
    elif not is_binary(entry) and entry["multipliers"] != [1, 1]:
        yield f"{where}: multipliers are 1, 2, 4 ..., or 1, 1 for codes that count in unary"
    if entry["step"] < 1 or entry["first"] + entry["step"] * (entry["codes"] - 1) < 0 or entry["first"] > 0:
        yield f"{where}: its integers must reach from below 0 or 0 to 0 or above"
    if len(entry["zeros"]) > 1 and (entry["step"] != 1 or not is_binary(entry)):
        yield f"{where}: zero points are for integers that rise by 1, of all codes of their bits"
    factors = [f for f in entry["search"] if isinstance(f, (int, float))]
    if entry["integers"] == "linear" and not (len(factors) == 2 and 0 < factors[0] <= 1 <= factors[1]):
        yield f"{where}: search is the least and largest factor of the scale, around 1"
    if entry["integers"] != "linear" and entry["search"]:
        yield f"{where}: only integers that are linear have a search by factors"


def book_mistakes(entry):
    where = f"format {entry['name']}"
    tables = entry["tables"]
    if not entry["book"]:
        if tables or entry["unit"]:
            yield f"{where}: tables and unit are for books"
        return
    if bool(tables) != bool(entry["unit"]):
        yield f"{where}: tables and unit go together"
    if entry["bits"] > 4 or not is_binary(entry):
        yield f"{where}: a book has codes of at most 4 bits, all of them"
    if not tables:
        return
    if len(tables) not in TABLES:
        yield f"{where}: there are 1 or 4 tables"
    for values in tables:
        if not isinstance(values, list) or len(values) != entry["codes"]:
            yield f"{where}: one value per code"
        elif any(type(v) is not int or abs(v) > MOST_BOOK for v in values):
            yield f"{where}: values are integers from -{MOST_BOOK} to {MOST_BOOK}"
    try:
        if Fraction(entry["unit"]) <= 0:
            yield f"{where}: its unit must be positive"
    except (ValueError, ZeroDivisionError):
        yield f"{where}: its unit {entry['unit']!r} is no number like 1/2"


def fits(entry, layout):
    """Whether the layout's planes can be those of the format."""
    planes = layout["planes"]
    return entry["multipliers"] == [1, 1] if planes == [0] else entry["bits"] in planes


def layout_mistakes(loaded, entry):
    where = f"format {entry['name']}"
    if not entry["layouts"]:
        yield f"{where}: no layout holds it"
        return
    for name in entry["layouts"]:
        if not fits(entry, loaded.find("layout", name)):
            yield f"{where}: layout {name} cannot hold its planes"
    if entry["layout_whole"] not in entry["layouts"]:
        yield f"{where}: layout_whole {entry['layout_whole']} does not hold it"
    if loaded.find("layout", entry["layouts"][0])["groups"] != "any":
        yield f"{where}: its default layout {entry['layouts'][0]} does not hold its groups"


def mistakes(loaded):
    formats = loaded.tables["format"]
    if [e["id"] for e in formats] != list(range(1, len(formats) + 1)):
        yield "format: ids count from 1 in the order of entries; a new format takes the next one"
    for family in loaded.tables["family"]:
        yield from family_mistakes(loaded, family)
    for entry in formats:
        yield from plane_mistakes(entry)
        yield from book_mistakes(entry)
        yield from layout_mistakes(loaded, entry)
