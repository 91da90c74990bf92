"""The generated files as texts: lists for the compiler, tables for the documentation."""

import isa
import kernels
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
    whole, groups = entry["default_layout_whole"], entry["default_layout"]
    return groups if whole == groups else f"{groups}; {whole} for one scale per row or tensor"


def formats_md(loaded):
    formats = [(f["id"], f"`{f['name']}`", f["bits"], f["codes"], f"`{f['value']}`",
                " ".join(map(str, f["values"])) or "see formats.md", " ".join(map(str, f["multipliers"])),
                ", ".join(f["zeros"]), default_of(f)) for f in loaded.tables["format"]]
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
               "zero points", "plane multipliers", "zero kinds", "default layout"), formats),
        "## Zero kinds", table(("number", "name", "stored", "value of code q"), zeros),
        "## Element types", table(("number", "name", "bytes", "used for"), elems),
        "## Modes", table(("number", "name", "what"), modes))


def outputs(loaded):
    """Path below the repository's root -> text."""
    return {
        "docs/gen/layouts.md": layouts_md(loaded),
        "docs/gen/formats.md": formats_md(loaded),
        **kernels.outputs(loaded),
        **isa.outputs(loaded),
    }
