"""Kernels: rows become one kernel for each number of planes; their mistakes and generated files."""

from spec import enumerator
from text import note, page, table

FILE = "kernels.toml"
FILES = (FILE, "layouts.toml", "formats.toml")
# Regimes in which read_tokens and decode_tokens are given.
TOKENS_SHARED = {"gemv": (1, 1), "gemm": (0, 0)}
DIGITS = ("signed", "values", "codes", "codebook")
MODES = {("fast",): "kFastOnly", ("exact",): "kExactOnly", ("exact", "fast"): "kBoth"}


def layouts_of(loaded, method):
    return {r["layout"] for r in loaded.tables["kernel"] if r["method"] == method}


def name_of(loaded, row, planes):
    """The name that the grammar method_regime[_mode][_layout][_bN] gives a kernel."""
    parts = [row["method"], row["regime"]]
    if len(row["modes"]) == 1:
        parts += row["modes"]
    if len(layouts_of(loaded, row["method"])) > 1:
        parts.append(row["layout"])
    if len(loaded.find("layout", row["layout"])["planes"]) > 1:
        parts.append(f"b{planes}")
    return "_".join(parts)


def block_of(packing, planes):
    blocks = packing["block"]
    return blocks[planes - 1] if len(blocks) > 1 else blocks[0]


def expand(loaded):
    """All kernels, in the order of rows: rows with `planes` a number and names of their own."""
    kernels = []
    for row in loaded.tables["kernel"]:
        packing = loaded.find("packing", row["packing"])
        layout = loaded.find("layout", row["layout"])
        for planes in row["planes"]:
            kernels.append({
                **row, "name": name_of(loaded, row, planes), "planes": planes,
                "body": row["body"].format(b=planes), "portable": row["portable"].format(b=planes),
                "panel": row["panel"].format(b=planes),
                "block_unit": packing["block_unit"] or layout["block_unit"],
                "block": block_of(packing, planes)})
    return kernels


def planes_of(layout, format_):
    """Cells per slice that weights of a format have in a layout."""
    return format_["bits"] if len(layout["planes"]) > 1 else layout["planes"][0]


def is_binary(format_):
    return format_["multipliers"] == [1 << i for i in range(format_["bits"])]


def serves(loaded, kernel, format_):
    """Whether a kernel multiplies weights of a format; method codebook takes codebooks alone."""
    layout = loaded.find("layout", kernel["layout"])
    return (format_["name"] in layout["formats"]
            and kernel["planes"] == planes_of(layout, format_)
            and (kernel["method"] == "codebook") == format_["book"]
            and (not kernel["binary"] or is_binary(format_)))


def has(target, kernel):
    return set(kernel["needs"]) <= set(target["has"])


def row_mistakes(loaded, number, row):
    where = f"kernel {number} ({row['method']} {row['regime']})"
    packing = loaded.find("packing", row["packing"])
    layout = loaded.find("layout", row["layout"])
    if not row["planes"] or not set(row["planes"]) <= set(layout["planes"]):
        yield f"{where}: layout {row['layout']} does not come in these planes"
    if not row["modes"] or not set(row["modes"]) <= set(packing["modes"]):
        yield f"{where}: packing {packing['name']} does not serve its modes"
    tokens = row["tokens"]
    if len(tokens) != 2 or tokens[0] < 1 or (tokens[1] != 0 and tokens[1] < tokens[0]):
        yield f"{where}: tokens are the least, at least 1, and the most, or 0 for any number"
    shared, wanted = (row["read_tokens"], row["decode_tokens"]), TOKENS_SHARED.get(row["regime"])
    if shared != wanted if wanted else not 1 <= shared[1] <= shared[0]:
        yield f"{where}: its regime does not let so many tokens share what is read and decoded"
    if row["portable"] and row["needs"]:
        yield f"{where}: PORTABLE has nothing that a kernel could need"
    if len(packing["block"]) > 1 and max(row["planes"]) > len(packing["block"]):
        yield f"{where}: packing {packing['name']} has no block for these planes"


def rows(loaded):
    for number, row in enumerate(loaded.tables["kernel"], 1):
        yield from row_mistakes(loaded, number, row)
    for method in loaded.tables["method"]:
        if method["digits"] not in DIGITS:
            yield f"method {method['name']}: digits must be one of {', '.join(DIGITS)}"
    for packing in loaded.tables["packing"]:
        if not packing["block"] or min(packing["step_k"], packing["step_bytes"]) < 1:
            yield f"packing {packing['name']}: block, step_k and step_bytes are given"


def names(loaded):
    found = [k["name"] for k in expand(loaded)]
    yield from (f"kernel {n} is given twice" for n in sorted(set(found)) if found.count(n) > 1)
    for table_, key in (("method", "method"), ("regime", "regime"), ("packing", "packing")):
        used = {r[key] for r in loaded.tables["kernel"]}
        yield from (f"{table_} {n}: no kernel uses it"
                    for n in loaded.names(table_) if n not in used)


def coverage(loaded):
    """Every target, PORTABLE included, has a kernel for each format, layout and mode at any number
    of tokens from 1 on, and for every kind of sums."""
    targets = [(t["name"], lambda k, t=t: has(t, k)) for t in loaded.tables["target"]]
    targets.append(("PORTABLE", lambda k: bool(k["portable"])))
    kernels = expand(loaded)
    for name, takes in targets:
        for layout in loaded.tables["layout"]:
            for format_ in map(lambda n: loaded.find("format", n), layout["formats"]):
                for mode in loaded.names("mode"):
                    any_m = [k for k in kernels if takes(k) and mode in k["modes"]
                             and k["layout"] == layout["name"] and serves(loaded, k, format_)
                             and k["tokens"] == [1, 0]]
                    folds = {f for k in any_m for f in k["folds"]}
                    wanted = {"offsets"} | ({"zeros", "integers"} if mode == "exact" else set())
                    if not any_m or not wanted <= folds:
                        yield (f"layout {layout['name']}: target {name} has no kernel for "
                               f"{format_['name']} in {mode} mode at any number of tokens")


def flags(kind, names_):
    return " | ".join(f"{kind}{n}" for n in (enumerator(x) for x in names_)) or f"{kind}kNone"


def kernels_inc(loaded):
    lines = [f"// {note(loaded, FILE, 'layouts.toml')}",
             "// name, method, regime, layout, modes, planes, binary, packing, least and most tokens,",
             "// tokens per read and per decode, folds, parts of K, panel bytes per step, chunk unit,",
             "// block unit, block, what"]
    for k in expand(loaded):
        fields = (k["name"], enumerator(k["method"]), enumerator(k["regime"]),
                  enumerator(k["layout"]), MODES[tuple(sorted(k["modes"]))], str(k["planes"]),
                  str(k["binary"]).lower(), enumerator(k["packing"]), str(k["tokens"][0]),
                  str(k["tokens"][1]), str(k["read_tokens"]), str(k["decode_tokens"]), flags("Fold::", k["folds"]).replace("Fold::kNone", "0"),
                  str(k["parts"]).lower(), k["panel"], str(k["chunk_unit"]), str(k["block_unit"]), str(k["block"]),
                  f'"{k["doc"]}"')
        lines.append(f"LUTGEMM_KERNEL({', '.join(fields)})")
    return "\n".join(lines) + "\n"


def methods_inc(loaded):
    lines = [f"// {note(loaded, FILE)}"]
    for m in loaded.tables["method"]:
        lines.append(f"LUTGEMM_METHOD({enumerator(m['name'])}, {m['name']}, "
                     f"{enumerator(m['digits'])}, \"{m['doc']}\")")
    return "\n".join(lines) + "\n"


def packings_inc(loaded):
    lines = [f"// {note(loaded, FILE)}", "// name, text, k per step, bytes per step, tables, what"]
    for p in loaded.tables["packing"]:
        lines.append(f"LUTGEMM_PACKING({enumerator(p['name'])}, {p['name']}, {p['step_k']}, "
                     f"{p['step_bytes']}, {str(p['tables']).lower()}, \"{p['doc']}\")")
    return "\n".join(lines) + "\n"


def bind_inc(loaded, method):
    """What shard.cc of a method sets, by what its target has."""
    lines, open_ = [f"// {note(loaded, FILE)}"], None
    for k in (k for k in expand(loaded) if k["method"] == method):
        condition = " && ".join(loaded.find("need", n)["condition"] for n in k["needs"])
        if condition != open_:
            lines += ["#endif"] * bool(open_) + ([f"#if {condition}"] if condition else [])
            open_ = condition
        lines.append(f"LUTGEMM_BIND({k['name']}, ({k['strips']}), {k['body']})")
    return "\n".join(lines + ["#endif"] * bool(open_)) + "\n"


def portable_inc(loaded):
    lines = [f"// {note(loaded, FILE)}"]
    lines += [f"LUTGEMM_BIND({k['name']}, (1), {k['portable']})" for k in expand(loaded)
              if k["portable"]]
    return "\n".join(lines) + "\n"


def has_inc(loaded):
    """Which target has which kernel, for the test that compares it with what was compiled."""
    lines = [f"// {note(loaded, FILE)}"]
    kernels = expand(loaded)
    for target in loaded.tables["target"]:
        lines += [f"LUTGEMM_HAS({target['name']}, {k['name']})" for k in kernels if has(target, k)]
    lines += [f"LUTGEMM_HAS(PORTABLE, {k['name']})" for k in kernels if k["portable"]]
    return "\n".join(lines) + "\n"


def serves_inc(loaded):
    """Which kernel multiplies which formats, for the tests that run them."""
    lines = [f"// {note(loaded, *FILES)}"]
    lines += [f"LUTGEMM_SERVES({k['name']}, {enumerator(f['name'])})" for k in expand(loaded)
              for f in loaded.tables["format"] if serves(loaded, k, f)]
    return "\n".join(lines) + "\n"


def tokens_text(kernel):
    least, most = kernel["tokens"]
    return f"{least} and more" if most == 0 else (f"{least}" if least == most else f"{least} to {most}")


def choice_lines(loaded, format_, layout, kernels, targets):
    """Of one format in one layout: (modes, regime, cell of each target), once where all modes have
    the same kernels."""
    by_mode = {}
    for mode in loaded.names("mode"):
        lines = by_mode.setdefault(mode, [])
        for regime in loaded.names("regime"):
            cells = tuple("<br>".join(f"`{k['name']}`" for k in kernels
                                      if k["layout"] == layout and mode in k["modes"]
                                      and k["regime"] == regime and takes(k)
                                      and serves(loaded, k, format_)) or "-" for _, takes in targets)
            if set(cells) != {"-"}:
                lines.append((regime, *cells))
    if len({tuple(lines) for lines in by_mode.values()}) == 1:
        by_mode = {", ".join(by_mode): lines}
    return [(mode, *line) for mode, lines in by_mode.items() for line in lines]


def choice_table(loaded, kernels, targets):
    """Format x regime x target -> kernel; formats whose kernels are the same share their lines."""
    shared = {}
    for format_ in loaded.tables["format"]:
        default = (format_["layouts"][0], format_["layout_whole"])
        layouts = [e["name"] for e in loaded.tables["layout"] if format_["name"] in e["formats"]]
        for layout in sorted(layouts, key=lambda n, d=default: n not in d):
            lines = choice_lines(loaded, format_, layout, kernels, targets)
            shared.setdefault((layout, tuple(lines)), []).append(format_["name"])
    return table(("format", "layout", "mode", "regime", *(n for n, _ in targets)),
                 [(", ".join(formats), layout, *line)
                  for (layout, lines), formats in shared.items() for line in lines])


def targets_of(loaded):
    """Columns of the choice table: targets that have the same share one."""
    columns = {}
    for t in loaded.tables["target"]:
        columns.setdefault(tuple(sorted(t["has"])), []).append(t)
    kernels = expand(loaded)
    merged = {}
    for group in columns.values():
        key = tuple(k["name"] for k in kernels if has(group[0], k))
        merged.setdefault(key, []).extend(group)
    found = [(", ".join(t["name"] for t in g), lambda k, t=g[0]: has(t, k)) for g in merged.values()]
    return found + [("PORTABLE", lambda k: bool(k["portable"]))]


def rows_table(loaded):
    """A line for each row of the spec."""
    lines = []
    for row in loaded.tables["kernel"]:
        many = len(loaded.find("layout", row["layout"])["planes"]) > 1
        name = name_of(loaded, row, "N" if many and len(row["planes"]) > 1 else row["planes"][0])
        lines.append((f"`{name}`", ", ".join(map(str, row["planes"])) if many else "-",
                      ", ".join(row["modes"]), tokens_text(row), ", ".join(row["folds"]) or "-",
                      ", ".join(row["needs"]) or "-", "yes" if row["portable"] else "-",
                      f"`{row['packing']}`", row["doc"]))
    return table(("kernel", "planes N", "modes", "tokens", "sums beyond plain ones", "needs",
                  "PORTABLE", "packing", "what"), lines)


def kernels_md(loaded):
    targets = targets_of(loaded)
    packings = [(f"`{p['name']}`", p["step_k"], p["step_bytes"], p["doc"])
                for p in loaded.tables["packing"]]
    pairs = lambda t: [(f"`{e['name']}`", e["doc"]) for e in loaded.tables[t]]
    return page(
        loaded, FILES, "# Kernels",
        "Which kernels can multiply weights of a format, for so many tokens, on a target? Take the "
        "line of the format and of the regime (`gemv`: one token; `small_m`: a few; `gemm`: many) "
        "and the column of the target, which `lutgemm cpu` names. A format's default layout comes "
        "first. Where a cell has two kernels the plan takes the one that costs less; where it has "
        "none, a kernel of another regime does those tokens. `lutgemm kernels` prints this for "
        "this machine, with what a plan takes for each number of tokens; how the kernels work is in "
        "[kernels.md](../kernels.md).",
        "## Format, regime, target", choice_table(loaded, expand(loaded), targets),
        "## All kernels",
        "A line for each row of `codegen/spec/kernels.toml`. `bN` stands for the number of planes.",
        rows_table(loaded),
        "## Methods", table(("method", "how"), pairs("method")),
        "## Regimes", table(("regime", "how"), pairs("regime")),
        "## Packing of activations",
        table(("packing", "k per step", "bytes per step and token", "what"), packings),
        "## What kernels need of a target", table(("need", "what"), pairs("need")),
        "## Kinds of sums", table(("sums", "what"), pairs("fold")))


def outputs(loaded):
    files = {"src/kernels/gen/kernels.inc": kernels_inc(loaded),
             "src/kernels/gen/methods.inc": methods_inc(loaded),
             "src/kernels/gen/packings.inc": packings_inc(loaded),
             "src/kernels/gen/portable.inc": portable_inc(loaded),
             "tests/kernels/gen/has.inc": has_inc(loaded),
             "tests/kernels/gen/serves.inc": serves_inc(loaded),
             "docs/gen/kernels.md": kernels_md(loaded)}
    for method in loaded.names("method"):
        files[f"src/kernels/gen/{method}.inc"] = bind_inc(loaded, method)
    return files
