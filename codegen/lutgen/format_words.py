"""Number formats in words: parts of the public headers and of pages, lists for help texts."""

import textwrap

from format_tables import inc
from formats import compressed, groups_text, listed
from spec import enumerator
from text import table

COLUMNS = 100
C_PREFIX = {"format": "", "elem": "", "zero": "ZERO_", "layout": "LAYOUT_", "mode": "",
            "method": "METHOD_", "regime": "REGIME_"}


def number(entry, index):
    return entry.get("id", index)


def commented(rows, open_, close):
    """Enumerators with comments behind them, one below the other; above them where a line is too
    long for that. rows: enumerator with its comma, comment."""
    width = max(len(code) for code, words in rows if words or not any(w for _, w in rows))
    gap = 1 if close else 2  # as clang-format has it
    behind = [f"  {code:{width}}{' ' * gap}{open_} {words}{close}" if words else f"  {code}"
              for code, words in rows]
    if all(len(line) <= COLUMNS for line in behind):
        return behind
    above = ([*textwrap.wrap(words, COLUMNS, initial_indent=f"  {open_} ", subsequent_indent=f"  {open_} ")]
             + [f"  {code}"] for code, words in rows)
    return [line for lines in above for line in lines]


def cpp_enum(entries, words):
    return commented([(f"{enumerator(e['name'])} = {number(e, i)},", words(e))
                      for i, e in enumerate(entries)], "//", "")


def c_enum(loaded, kind, words=lambda entry: ""):
    entries = loaded.tables[kind]
    rows = [(f"LUTGEMM_{C_PREFIX[kind]}{e['name'].upper()} = {number(e, i)}{',' * (e is not entries[-1])}",
             words(e)) for i, e in enumerate(entries)]
    return commented(rows, "/*", " */")


def doc(entry):
    return entry["doc"]


def layout_words(layout, one_scale, to_text=str):
    """What a layout holds."""
    formats = ", ".join(compressed(layout["formats"], to_text))
    return f"{formats}{one_scale if layout['groups'] == 'whole' else ''}"


def cpp_layout(layout):
    held = layout_words(layout, " with one scale per row or tensor")
    return f"{layout['doc']}{': ' * bool(held)}{held}"


def c_layout(layout):
    return layout_words(layout, " with one scale per row or matrix", str.upper)


def cpp_values(loaded):
    """What a code of each family is worth, inside the comment of the enum."""
    rows = [(", ".join(compressed(f["formats"], enumerator)), f["doc"]) for f in loaded.tables["family"]]
    width = max(len(names) for names, _ in rows)
    lines = []
    for names, words in rows:
        start = f"//   {names:{width}}  "
        lines += textwrap.wrap(words, COLUMNS, initial_indent=start,
                               subsequent_indent="//" + " " * (len(start) - 2), break_on_hyphens=False)
    return lines


def c_group(family):
    groups = ", ".join(map(str, family["groups"])) or "any"
    return groups + ", or a tensor" * family["whole_tensor"]


def c_values(loaded):
    rows = [("format", "value", "group", "scales")]
    for family in loaded.tables["family"]:
        names = ", ".join(compressed(family["formats"], str.upper))
        scales = dict.fromkeys(family["scales"] + family["super_scales"])
        rows.append((names, family["value"], c_group(family), ", ".join(s.upper() for s in scales)))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return [" *   " + "  ".join(f"{cell:{w}}" for cell, w in zip(row, widths)).rstrip() for row in rows]


def elem_bytes(loaded):
    lines = []
    elems = loaded.tables["elem"]
    for size in sorted({e["bytes"] for e in elems}, reverse=True):
        lines += [f"    case Elem::{enumerator(e['name'])}:" for e in elems if e["bytes"] == size]
        lines += [f"      return {size};"]
    return lines


def header_parts(loaded):
    elems, tables = loaded.tables["elem"], loaded.tables
    none = lambda entry: ""
    return {
        "include/lutgemm/types.hpp": {
            "elems": cpp_enum(elems, none), "values": cpp_values(loaded),
            "formats": cpp_enum(tables["format"], none), "zeros": cpp_enum(tables["zero"], none),
            "layouts": cpp_enum(tables["layout"], cpp_layout), "modes": cpp_enum(tables["mode"], doc),
            "elem-bytes": elem_bytes(loaded), "methods": cpp_enum(tables["method"], doc),
            "regimes": cpp_enum(tables["regime"], doc)},
        "include/lutgemm/c/types.h": {
            "elems": c_enum(loaded, "elem"), "values": c_values(loaded), "formats": c_enum(loaded, "format"),
            "zeros": c_enum(loaded, "zero"), "layouts": c_enum(loaded, "layout", c_layout),
            "modes": c_enum(loaded, "mode"), "methods": c_enum(loaded, "method"),
            "regimes": c_enum(loaded, "regime")},
    }


def code_range(loaded, family):
    codes = {loaded.find("format", name)["codes"] for name in family["formats"]}
    if len(codes) > 1:
        return "0 .. 2^bits - 1"
    return ", ".join(map(str, range(*codes))) if max(codes) < 4 else f"0 .. {max(codes) - 1}"


def codes_table(loaded):
    rows = []
    for family in loaded.tables["family"]:
        names, codes = ", ".join(compressed(family["formats"])), code_range(loaded, family)
        rows += [(names, codes, *row) for row in family["rows"]]
    books = [f for f in loaded.tables["format"] if f["book"]]
    most = sorted({f["codes"] - 1 for f in books})
    rows.append((", ".join(f["name"] for f in books), listed((f"0 .. {n}" for n in most), "or"), "none",
                 "s * unit * T[q]", "see [Codebooks](#codebooks)"))
    return table(("format", "codes", "zero kind", "value", "values in units of s"), rows).split("\n")


def books_table(loaded):
    rows = []
    for f in loaded.tables["format"]:
        if f["book"]:
            groups = groups_text(f) if f["groups"] else f"any; {f['group']}"
            factor = ", times one f32" * (f["scales"] == ["e4m3"])
            rows.append((f["name"], f["words"], f["unit"] or "the caller's", groups,
                         ", ".join(f["scales"]) + factor, f["source"]))
    return table(("format", "T", "unit", "group", "scale", "source"), rows).split("\n")


def page_parts(loaded):
    quoted = lambda names: ", ".join(f"`{name}`" for name in names)
    scales = [e["name"] for e in loaded.tables["elem"] if "scale" in e["use"]]
    return {
        "docs/formats.md": {"codes": codes_table(loaded), "books": books_table(loaded)},
        "docs/files.md": {"formats": quoted(loaded.names("format")), "scales": quoted(scales)},
    }


def format_list(loaded):
    """What --format takes: names, and forms that stand for several formats."""
    families = loaded.tables["family"]
    plain = compressed(n for f in families if not f["help"] for n in f["formats"])
    forms = []
    for family in (f for f in families if f["help"]):
        bits = [str(loaded.find("format", name)["bits"]) for name in family["formats"]]
        forms.append(family["help"].format(bits=" to ".join(dict.fromkeys((bits[0], bits[-1]))),
                                           groups=listed(family["groups"] or ["any"], "or")))
    return ", ".join(plain + forms)


def group_help(loaded):
    families = loaded.tables["family"]
    usual, own = families[0]["group"], [f["name"] for f in families if f["groups"]]
    others = [f"{f['name']}: {f['group']}" for f in families if not f["groups"] and f["group"] != usual]
    return "; ".join([usual, *others, f"{listed(own)} have groups of their own"])


def scale_help(loaded):
    families = loaded.tables["family"]
    usual, by_scale = families[0]["scale"], {}
    for f in families:
        if f["scale"] != usual:
            by_scale.setdefault(f["scale"], []).append(f["name"])
    return "; ".join([usual, *(f"{', '.join(names)}: {scale}" for scale, names in by_scale.items())])


def layouts_help(loaded):
    layouts = [l for l in loaded.tables["layout"] if l["formats"]]
    return listed((f"{l['name']} ({layout_words(l, ' with group row or tensor')})" for l in layouts), "or")


def constant(name, what, words):
    lines = textwrap.wrap(words, 88, drop_whitespace=False)
    return [f"// {what}", f"inline constexpr char {name}[] =",
            *(f'    "{line}"' for line in lines[:-1]), f'    "{lines[-1]}";']


def supers(loaded):
    return listed(compressed(f["name"] for f in loaded.tables["format"] if f["super_scales"]))


def zero_formats(loaded):
    return listed(compressed(f["name"] for f in loaded.tables["format"] if len(f["zeros"]) > 1))


def texts_inc(loaded):
    return [*constant("kZeroFormats", "Formats that may have zero points.", zero_formats(loaded)),
            *constant("kSuperGroupFormats", "Formats that may have super-groups.", supers(loaded))]


def help_header(loaded):
    guard = "LUTGEMM_TOOLS_CONSOLE_GEN_FORMAT_LISTS_H_"
    return ["// Lists of formats, and what they have by default, for help texts.", f"#ifndef {guard}",
            f"#define {guard}", "", "namespace lutgemm::tools {", "",
            *constant("kFormatList", "What --format takes.", format_list(loaded)),
            *constant("kGroupDefaults", "Groups by default.", group_help(loaded)),
            *constant("kScaleDefaults", "Types of scales by default.", scale_help(loaded)),
            *constant("kLayoutList", "Layouts and what they hold.", layouts_help(loaded)),
            "", "}  // namespace lutgemm::tools", "", f"#endif  // {guard}"]


def outputs(loaded):
    return {"src/format/gen/texts.inc": inc(("formats.toml",), texts_inc(loaded)),
            "tools/console/gen/format_lists.h": inc(("formats.toml", "layouts.toml"), help_header(loaded))}
