"""Tests of the documents: programs print what the page says; paths, links and names exist; pages are
few, short and in one order."""

import contextlib
import functools
import io
import re
import sys
import tomllib
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in ("docs", "bench", "examples")
                                      for page in (ROOT / folder).rglob("*.md"))])
# Pages that people write: in the order in which README.md has them, and those outside of it.
ORDERED = re.compile(r"^\d+\. \[[^]]*\]\(docs/([\w-]+\.md)\)", re.M)
UNORDERED = {"glossary.md"}
MOST_LINES = 199

PROGRAM = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.M)
# Paths of the repository in code quotes; * stands for any name, <name> for one to be chosen.
QUOTED = re.compile(r"`((?:src|include|tests|tools|docs|codegen|cmake|data|examples|bench|integrations)/[^`\s]*)`")

# What names in code quotes are looked for in. Options that only a test gives are no options.
TREE = ("src", "include", "tools", "codegen", "bench", "tests", "cmake", "examples", "integrations")
SOURCES = {".h", ".hpp", ".c", ".cc", ".inc", ".in", ".py", ".sh", ".toml", ".cmake", ".txt"}
COMMENTED = {".h", ".hpp", ".c", ".cc"}
FENCE = re.compile(r"^```\w*\n.*?^```$", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w.*/-]*\.(?:h|hpp|c|cc|inc|py|sh|toml|cmake|md)(?!\w)")
NAME = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*|[A-Za-z_]\w*")
# In a block without code quotes only words that can be nothing else are names.
CODE_NAME = re.compile(r"\b(?:[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+|k[A-Z]\w+|(?:LUTGEMM|lutgemm)_\w+"
                       r"|(?:lut[45]|ternary[35]|dot|codebook)_(?:gemv|small_m|gemm)\w*)\b")
# Tests that CMake names after a folder, a script, a processor or a label.
MADE = re.compile(r"(?:test|check|cpu|lutgemm_tests)_(\w+)")
# Names of others, and words that stand for names.
FOREIGN = {
    "CPU_REPACK", "DGGML_BACKEND_DL", "GGML_BACKEND_PATH", "--poll", "--tensor-split",  # ggml
    "load_file", "PWD",  # the Python package safetensors, the shell
    "gf2p8affineqb", "prefetchnta", "vpermb", "vpermi2b",  # instructions
    "--cflags", "--libs", "--prefix", "--static", "tidy",  # cmake, pkg-config, clang-tidy
    "CamelCase", "kConstant", "member_", "snake_case",  # how names look
    "Accum", "i8i2i32i32", "xNN",  # parts of an instruction's name, of an escape
}


def show(page):
    return page.relative_to(ROOT).as_posix()


def names_of_field(field):
    """The names in code quotes that docs/files.md lists for a field of a description."""
    files = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{field}` \| (.*) \|$", files, re.M).group(1)
    return re.findall(r"`([a-z0-9]+)`", row)


def output_of(program):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "example", "exec"), {})  # the page's own program
    return printed.getvalue()


def anchors(text):
    """What a link to a heading of the page ends in."""
    titles = HEADING.findall(FENCE.sub("", text))
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def missing_links(page, text):
    for target, anchor in LINK.findall(text):
        to = page.parent / target if target else page
        if not to.exists():
            yield target
        elif anchor and anchor not in anchors(to.read_text(encoding="utf-8")):
            yield f"{target}#{anchor}"


def missing_paths(page, text):
    """Paths that neither the root nor the page's folder has."""
    for path in QUOTED.findall(text):
        found = (any(folder.glob(path.rstrip("/"))) for folder in (ROOT, page.parent))
        if "<" not in path and not any(found):
            yield path


def names_in(text):
    return set(NAME.findall(text))


@functools.cache
def tree_files():
    return [file for folder in TREE for file in (ROOT / folder).rglob("*") if file.suffix in SOURCES]


@functools.cache
def known_names():
    """Words of the sources, without those that only a comment of C and C++ has."""
    found = set()
    for file in [*tree_files(), *ROOT.glob("CMake*")]:
        if file == Path(__file__).resolve():
            continue
        text = file.read_text(encoding="utf-8")
        if file.suffix in COMMENTED:
            text = re.sub(r"//[^\n]*", "", text)
        names = names_in(text)
        if (ROOT / "tests") in file.parents:
            names = {name for name in names if not name.startswith("--")}
        found |= names
    return found


def is_file(path):
    """Whether a file ends in that path; * stands for any name. Names may lack their beginning."""
    path = f"*{path}" if path[0] in "-." else path
    return any(file.match(path) for file in [*tree_files(), *PAGES])


def is_known(name, rest):
    """Whether the tree has the name; `rest` follows it: "..." for any end of it. bN is b1, b2, ..."""
    made = MADE.fullmatch(name)
    names = {name, made[1] if made else name}
    if name.endswith("_bN"):
        names |= {f"{name[:-1]}{planes}" for planes in range(1, 9)}
    if names & known_names() or name in FOREIGN:
        return True
    begins = rest.startswith("...") or name.endswith("_")
    return begins and any(known.startswith(name) for known in known_names())


def missing_names(text):
    """Names in code quotes, and what can only be one in blocks, that nothing in the tree has."""
    for span in SPAN.findall(FENCE.sub("", text)):
        if QUOTED.fullmatch(f"`{span}`") or span == ".ci/run":
            continue  # as a path
        if FILE.fullmatch(span):
            yield from [] if is_file(span) else [span]
            continue
        for match in NAME.finditer(FILE.sub("", span)):
            if not is_known(match[0], match.string[match.end():]):
                yield match[0]
    for block in FENCE.findall(text):
        yield from (name for name in CODE_NAME.findall(block) if not is_known(name, ""))


class DocsTest(unittest.TestCase):
    def test_programs_print_what_the_page_says(self):
        found = 0
        for page in PAGES:
            for program, output in PROGRAM.findall(page.read_text(encoding="utf-8")):
                found += 1
                with self.subTest(page=show(page)):
                    self.assertEqual(output_of(program), output)
        self.assertGreaterEqual(found, 2)

    def test_pages_are_short_and_in_one_order(self):
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        order = ORDERED.findall(readme)
        self.assertEqual(len(order), 12)
        self.assertEqual(sorted(order), sorted({p.name for p in (ROOT / "docs").glob("*.md")} - UNORDERED))
        self.assertLess(len(readme.splitlines()), 140)
        bench = (show(page) for page in (ROOT / "bench").rglob("*.md"))
        for name in (*(f"docs/{name}" for name in order), *bench, "docs/glossary.md", "CONTRIBUTING.md"):
            with self.subTest(page=name):
                text = (ROOT / name).read_text(encoding="utf-8")
                if name != "CONTRIBUTING.md":
                    self.assertLessEqual(len(text.splitlines()), MOST_LINES)
                self.assertRegex(text, r"\A# [^\n]+\n\nThis page answers: [^?]+[?.]")

    def test_links_and_paths_exist(self):
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            with self.subTest(page=show(page)):
                self.assertEqual(list(missing_links(page, text)), [])
                self.assertEqual(list(missing_paths(page, text)), [])

    def test_names_in_code_quotes_exist(self):
        for page in PAGES:
            with self.subTest(page=show(page)):
                missing = sorted(set(missing_names(page.read_text(encoding="utf-8"))))
                self.assertEqual(missing, [], "a name changed, or FOREIGN lacks it")

    def test_files_page_lists_every_format_and_scale_type(self):
        with open(ROOT / "codegen" / "spec" / "formats.toml", "rb") as file:
            spec = tomllib.load(file)
        formats = [entry["name"] for entry in spec["format"]]
        scales = [entry["name"] for entry in spec["elem"] if "scale" in entry["use"]]
        self.assertEqual(names_of_field("format"), formats)
        self.assertEqual(sorted(names_of_field("scale")), sorted(scales))

    def test_missing_things_are_found(self):
        page = ROOT / "docs" / "layouts.md"
        links = "[a](no.md), [b](gen/kernels.md#methods), [c](gen/kernels.md#families)"
        self.assertEqual(list(missing_links(page, links)), ["no.md", "gen/kernels.md#families"])
        self.assertEqual(list(missing_paths(page, "`src/no.h` `src/*/layout.h` `tests/<room>/a.cc`")),
                         ["src/no.h"])
        page = ("`MakePlan(problem)` `Problem::kernel` `lut4_gemv_fast_bN` `LUTGEMM_VISIT_...` "
                "`tile-inl.h` `gemv_*-inl.h` `--min-time MS` `kPlanes`\n```\nPackActFn\n```\n")
        self.assertEqual(list(missing_names(page)), [])
        made_up = ("`MakePlanner()` `Problem::kernels_row` `lut4_gemv_slow_bN` `LUTGEMM_VISITS_...` "
                   "`tiles-inl.h` `--least-time MS` `kPlans`\n```\nPackActFunction\n```\n")
        self.assertEqual(list(missing_names(made_up)),
                         ["MakePlanner", "kernels_row", "lut4_gemv_slow_bN", "LUTGEMM_VISITS_",
                          "tiles-inl.h", "--least-time", "kPlans", "PackActFunction"])


if __name__ == "__main__":
    unittest.main()
