"""Number formats as tables for the compiler: src/format/gen, and lists for tests."""

from fractions import Fraction

from formats import groups_text, is_binary, listed
from spec import enumerator

MADE = "// Made by codegen/lutgen from {}. Do not edit.\n"
GROUP = {"row": "kWholeRow", "tensor": "kWholeTensor"}
INTEGERS = {"linear": "kLinear", "bfp": "kBfp", "book": "kBook"}


def inc(files, lines):
    return MADE.format(" and ".join(files)) + "\n".join(lines) + "\n"


def braces(values):
    return "{" + ", ".join(str(value) for value in values) + "}"


def mask(enum, names):
    return " | ".join(f"Bit({enum}::{enumerator(name)})" for name in names) or "0"


def format_row(entry):
    factors = entry["search"] or [1.0, 1.0]
    fields = {
        "value": f"WeightFormat::{enumerator(entry['name'])}",
        "name": f'"{entry["name"]}"',
        "integers": f"Integers::{INTEGERS[entry['integers']]}",
        "codes": entry["codes"],
        "planes": f"{{{entry['bits']}, {braces(entry['multipliers'])}}}",
        "unary": str(not is_binary(entry)).lower(),
        "first": entry["first"],
        "step": entry["step"],
        "tables": len(entry["tables"]),
        "zeros": mask("ZeroKind", entry["zeros"]),
        "groups": braces(entry["groups"]),
        "whole_tensor": str(entry["whole_tensor"]).lower(),
        "scales": mask("Elem", entry["scales"]),
        "super_scales": mask("Elem", entry["super_scales"]),
        "layouts": mask("LayoutId", entry["layouts"]),
        "group": GROUP.get(entry["group"], entry["group"]),
        "scale": f"Elem::{enumerator(entry['scale'])}",
        "layout": f"LayoutId::{enumerator(entry['layouts'][0])}",
        "layout_whole": f"LayoutId::{enumerator(entry['layout_whole'])}",
        "search": braces(map(float, factors)),
        "groups_text": f'"{groups_text(entry)}"',
        "scales_text": f'"{listed(entry["scales"], "or")}"',
    }
    lines = [f" .{name} = {value}," for name, value in fields.items()]
    return ["{" + lines[0][1:], *lines[1:-1], lines[-1][:-1] + "},"]


def book_row(entry):
    unit = Fraction(entry["unit"])
    return [f"{{WeightFormat::{enumerator(entry['name'])},",
            f" {{.values = {{{{{braces(entry['tables'][0])}" + ("," if entry["tables"][1:] else "}},"),
            *(f"              {braces(t)}," for t in entry["tables"][1:-1]),
            *(f"              {braces(t)}}}}}," for t in entry["tables"][1:][-1:]),
            f"  .unit = {unit.numerator}.0f / {unit.denominator},",
            f"  .codes = {entry['codes']},", f"  .tables = {len(entry['tables'])}}}}},"]


def layout_row(layout):
    return (f"{{LayoutId::{enumerator(layout['name'])}, \"{layout['name']}\", {layout['version']}, "
            f"{layout['strip']}, {str(layout['groups'] == 'whole').lower()}}},")


def names(loaded, table, enum):
    return [f"{{{enum}::{enumerator(name)}, \"{name}\"}}," for name in loaded.names(table)]


def all_formats(loaded):
    formats = loaded.tables["format"]
    kinds = (("kAllFormats", "All formats", formats),
             ("kLinearFormats", "Those whose integers are linear in the code",
              [f for f in formats if f["integers"] == "linear"]),
             ("kZeroFormats", "Those that may have zero points", [f for f in formats if len(f["zeros"]) > 1]))
    lines = ["// Lists of formats for tests that are to run with every one.",
             "#ifndef LUTGEMM_TESTS_SUPPORT_GEN_FORMATS_H_", "#define LUTGEMM_TESTS_SUPPORT_GEN_FORMATS_H_",
             "", "#include <lutgemm/types.hpp>", "", "namespace lutgemm::test {", ""]
    for name, what, of in kinds:
        lines += [f"// {what}.", f"inline constexpr WeightFormat {name}[] = {{",
                  *(f"    WeightFormat::{enumerator(f['name'])}," for f in of), "};"]
    return lines + ["", "}  // namespace lutgemm::test", "",
                    "#endif  // LUTGEMM_TESTS_SUPPORT_GEN_FORMATS_H_"]


def outputs(loaded):
    formats, layouts = ("formats.toml",), ("layouts.toml",)
    rows = [line for entry in loaded.tables["format"] for line in format_row(entry)]
    books = [line for entry in loaded.tables["format"] if entry["tables"] for line in book_row(entry)]
    return {
        "src/format/gen/formats.inc": inc(formats, rows),
        "src/format/gen/books.inc": inc(formats, books),
        "src/format/gen/elems.inc": inc(formats, names(loaded, "elem", "Elem")),
        "src/format/gen/zeros.inc": inc(formats, names(loaded, "zero", "ZeroKind")),
        "src/format/gen/modes.inc": inc(formats, names(loaded, "mode", "Mode")),
        "src/format/gen/layouts.inc": inc(layouts, map(layout_row, loaded.tables["layout"])),
        "tests/support/gen/formats.h": inc(formats, all_formats(loaded)),
    }
