"""The generated files as texts: lists for the compiler, tables for the documentation."""

import format_tables
import format_words
import isa
import kernels
import marks
from text import page, table


def layouts_md(loaded):
    layouts = [l for l in loaded.tables["layout"] if l["formats"]]
    numbers = [(l["id"], f"`{l['name']}`", l["version"], l["strip"], ", ".join(l["formats"]),
                "any" if l["groups"] == "any" else "one scale per row or tensor")
               for l in layouts]
    places = [(f"`{l['name']}`", l["unit"], f"`{l['address']}`") for l in layouts]
    return page(
        loaded, ("layouts.toml",), "# Packed layouts",
        "Which packed layouts are there, with which numbers and versions in files and in C, and where in a "
        "strip does a weight lie? What the words mean is in [layouts.md](../layouts.md).",
        table(("number", "name", "version", "outputs per strip", "formats", "groups"), numbers),
        "## Addresses within a strip",
        "Divisions round down; k is the position in padded K space.",
        table(("layout", "unit", "address"), places))


def default_of(entry):
    whole, groups = entry["layout_whole"], entry["layouts"][0]
    return groups if whole == groups else f"{groups}; {whole} for one scale per row or tensor"


def value_of(entry):
    if entry["integers"] == "bfp":
        return f"s * (q - {-entry['first']}) / {1 << entry['bits'] - 2}"
    if not entry["book"]:
        return entry["value"].partition(",")[0]
    table_ = "T[selector][q]" if len(entry["tables"]) > 1 else "T[q]"
    unit = entry["unit"].removeprefix("1/")
    factor = f" / {unit}" if unit not in ("", "1") else "" if unit else " * unit"
    return f"s * {table_}{factor}"


def integers_of(entry):
    if entry["book"]:
        return " ".join(map(str, entry["tables"][0])) if len(entry["tables"]) == 1 else "see formats.md"
    values = [entry["first"] + entry["step"] * q for q in range(entry["codes"])]
    return " ".join(map(str, values if len(values) <= 16 else [*values[:2], "...", values[-1]]))


def formats_md(loaded):
    formats = [(f["id"], f"`{f['name']}`", f["bits"], f["codes"], f"`{value_of(f)}`", integers_of(f),
                " ".join(map(str, f["multipliers"])), ", ".join(f["zeros"]), default_of(f),
                " to ".join(map(str, f["search"])) or "-") for f in loaded.tables["format"]]
    zeros = [(z["id"], f"`{z['name']}`", z["stored"], f"`{z['value']}`")
             for z in loaded.tables["zero"]]
    elems = [(e["id"], f"`{e['name']}`", e["bytes"], ", ".join(e["use"]))
             for e in loaded.tables["elem"]]
    modes = [(m["id"], f"`{m['name']}`", m["doc"]) for m in loaded.tables["mode"]]
    return page(
        loaded, ("formats.toml",), "# Number formats",
        "Which number formats, zero kinds, element types and modes are there, with which numbers in files and "
        "in C? What they mean is in [formats.md](../formats.md).",
        table(("number", "name", "bits", "codes", "value of code q", "integers without stored "
               "zero points", "plane multipliers", "zero kinds", "default layout", "factors of the scale search"),
              formats),
        "## Zero kinds", table(("number", "name", "stored", "value of code q"), zeros),
        "## Element types", table(("number", "name", "bytes", "used for"), elems),
        "## Modes", table(("number", "name", "what"), modes))


def marked(loaded, root):
    """Files that people write, with the parts that the spec gives."""
    parts = {**format_words.header_parts(loaded), **format_words.page_parts(loaded)}
    return {path: marks.filled(path, (root / path).read_text(encoding="utf-8"), of)
            for path, of in parts.items()}


def outputs(loaded, root):
    """Path below the repository's root -> text. ValueError for marks that are missing."""
    return {
        "docs/gen/layouts.md": layouts_md(loaded),
        "docs/gen/formats.md": formats_md(loaded),
        **format_tables.outputs(loaded),
        **format_words.outputs(loaded),
        **kernels.outputs(loaded),
        **isa.outputs(loaded),
        **marked(loaded, root),
    }
