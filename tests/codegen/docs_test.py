"""Tests of the documents: programs print what the page says, paths and links exist."""

import contextlib
import io
import re
import sys
import tomllib
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

PROGRAM = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
# Paths of the repository in code quotes; * stands for any name, <name> for one to be chosen.
QUOTED = re.compile(r"`((?:src|include|tests|tools|docs|codegen|cmake|data|examples|bench)/[^`\s]*)`")


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


def missing_links(page, text):
    return [target for target in LINK.findall(text) if not (page.parent / target).exists()]


def missing_paths(text):
    for path in QUOTED.findall(text):
        if "<" not in path and not any(ROOT.glob(path.rstrip("/"))):
            yield path


class DocsTest(unittest.TestCase):
    def test_programs_print_what_the_page_says(self):
        found = 0
        for page in PAGES:
            for program, output in PROGRAM.findall(page.read_text(encoding="utf-8")):
                found += 1
                with self.subTest(page=show(page)):
                    self.assertEqual(output_of(program), output)
        self.assertGreaterEqual(found, 2)

    def test_links_and_paths_exist(self):
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            with self.subTest(page=show(page)):
                self.assertEqual(missing_links(page, text), [])
                self.assertEqual(list(missing_paths(text)), [])

    def test_files_page_lists_every_format_and_scale_type(self):
        with open(ROOT / "codegen" / "spec" / "formats.toml", "rb") as file:
            spec = tomllib.load(file)
        formats = [entry["name"] for entry in spec["format"]]
        scales = [entry["name"] for entry in spec["elem"] if "scale" in entry["use"]]
        self.assertEqual(names_of_field("format"), formats)
        self.assertEqual(sorted(names_of_field("scale")), sorted(scales))

    def test_missing_things_are_found(self):
        page = ROOT / "docs" / "layouts.md"
        self.assertEqual(missing_links(page, "[a](no.md), [b](gen/rows.md#x)"), ["no.md"])
        self.assertEqual(list(missing_paths("`src/no.h` `src/*/layout.h` `tests/<room>/a.cc`")),
                         ["src/no.h"])


if __name__ == "__main__":
    unittest.main()
