"""The how-tos of CONTRIBUTING.md hold: names are in the files that steps name; a toy format gets kernels from
the generator, and a toy kernel is generated, bound and compiled for every target.

    extending_test.py [BUILD]

BUILD has a compile_commands.json; without it, or without its compiler, nothing is compiled.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
if sys.version_info < (3, 11):
    print("SKIPPED: the generator needs Python 3.11 or newer")
    sys.exit(77)

ROOT = Path(__file__).resolve().parents[2]
BUILD = None
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
STEP = re.compile(r"^\d\. (.*(?:\n   .*)*)", re.M)
SPAN = re.compile(r"`([^`\n]+)`")
SYMBOL = re.compile(r"k?[A-Z][a-z]\w*(?:::\w+)*|k[A-Z]\w+|LUTGEMM_\w+|ACCEPTED")
MOST_STEPS = 4

FORMAT = """
[[format]]
id = {id}
name = "toy2"
family = "int"
bits = 2
layouts = ["planes"]
search = [0.15, 1.1]
"""

BODY = """// A toy: a few tokens, by the body for many.
#if LUTGEMM_TABLE_ENTRIES >= 64
HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

inline HWY_NOINLINE void ToySmallM(const KernelArgs& args) { Lut5Gemm(args); }

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
"""


def how_tos():
    """Titles and steps."""
    section = PAGE[PAGE.index("## Extending\n"):]
    section = section[:section.index("\n## ", 1)]
    for part in section.split("\n### ")[1:]:
        yield part.partition("\n")[0], [step.replace("\n   ", " ") for step in STEP.findall(part)]


def misnamed(step):
    """Symbols of a step that no file or folder that it names has; where it names none, that nothing has."""
    spans = SPAN.findall(step)
    files = []
    for span in spans:
        path = ROOT / span.split()[0]
        if "/" in span and "<" not in span and not span.startswith("build/"):
            files += path.glob("*.[hc]*") if path.is_dir() else [path] if path.is_file() else []
    if not files:
        files = [p for folder in ("src", "include", "tests") for p in (ROOT / folder).rglob("*.[hc]*")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    everywhere = "\n".join(texts)
    for span in spans:
        if SYMBOL.fullmatch(span):
            name = span.rpartition("::")[2]
            if not re.search(rf"\b{name}\b", everywhere):
                yield span


class ExtendingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Path(folder.name) / "tree"
        for name in ("codegen", "docs", "include", "src"):
            shutil.copytree(ROOT / name, self.tree / name, ignore=shutil.ignore_patterns("__pycache__"))

    def change(self, path, old, new):
        text = (self.tree / path).read_text(encoding="utf-8")
        self.assertIn(old, text)
        (self.tree / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    def generate(self):
        done = subprocess.run([sys.executable, self.tree / "codegen" / "lutgen", "--write"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def text(self, path):
        return (self.tree / path).read_text(encoding="utf-8")

    def test_steps_name_what_is_there(self):
        found = dict(how_tos())
        self.assertEqual(list(found), ["A number format", "A kernel", "A target"])
        for title, steps in found.items():
            self.assertGreater(len(steps), 1)
            self.assertLessEqual(len(steps), MOST_STEPS)
            for step in steps:
                with self.subTest(title, step=step[:40]):
                    self.assertEqual(list(misnamed(step)), [])
        self.assertEqual(list(misnamed("`FitAny` in `src/quant/fit.cc`, `FitNone` in `src/quant/fit.cc`")),
                         ["FitNone"])

    def test_a_format_is_an_entry_of_the_spec(self):
        path = "codegen/spec/formats.toml"
        text = self.text(path)
        number = len(re.findall(r"^\[\[format\]\]$", text, re.M)) + 1
        last = text.index("\n[[zero]]")
        (self.tree / path).write_text(text[:last] + FORMAT.format(id=number) + text[last:])
        self.generate()
        self.assertIn(f"| {number} | `toy2` |", self.text("docs/gen/formats.md"))
        row = next(line for line in self.text("docs/gen/kernels.md").splitlines()
                   if "toy2" in line and "| gemv |" in line)
        self.assertIn("`lut4_gemv_fast_b2`", row)
        self.assertIn(f"  kToy2 = {number},\n", self.text("include/lutgemm/types.hpp"))
        self.assertIn(f"  LUTGEMM_TOY2 = {number}\n", self.text("include/lutgemm/c/types.h"))
        self.assertIn("WeightFormat::kToy2,", self.text("tests/support/gen/formats.h"))
        self.assertIn("LUTGEMM_SERVES(lut4_gemv_fast_b2, kToy2)", self.text("tests/kernels/gen/serves.inc"))
        self.assertIn("toy2", self.text("tools/console/gen/format_lists.h"))
        self.assertIn("`toy2`", self.text("docs/files.md"))
        self.compiled("src/format/types.cc")
        self.compiled("src/api/c_types.cc")

    def test_a_kernel_is_bound_and_compiled(self):
        rows = self.text("codegen/spec/kernels.toml")
        row = next(part for part in rows.split("\n\n") if 'body = "Lut5Gemm"' in part)
        toy = row.replace('regime = "gemm"', 'regime = "small_m"').replace('"Lut5Gemm"', '"ToySmallM"')
        toy = toy.replace("tokens = [1, 0]\n", "tokens = [1, 0]\nread_tokens = 8\ndecode_tokens = 8\n")
        self.change("codegen/spec/kernels.toml", row, row + "\n\n" + toy)
        (self.tree / "src" / "kernels" / "lut5" / "small_m-inl.h").write_text(BODY)
        self.change("src/kernels/lut5/shard.cc", '#include "kernels/lut5/pack_act-inl.h"\n',
                    '#include "kernels/lut5/pack_act-inl.h"\n#include "kernels/lut5/small_m-inl.h"\n')
        self.generate()
        self.assertIn("lut5_small_m_fast_b2", self.text("src/kernels/gen/kernels.inc"))
        self.assertIn("`lut5_small_m_fast_b2`", self.text("docs/gen/kernels.md"))
        self.assertIn("ToySmallM", self.text("src/kernels/gen/lut5.inc"))
        self.compiled("src/kernels/lut5/shard.cc")

    def compiled(self, path):
        """Checks that the build's compiler takes the file of the copy, warnings being errors."""
        if BUILD is None or not (BUILD / "compile_commands.json").exists():
            self.skipTest("no compile_commands.json")
        entry = next((e for e in json.loads((BUILD / "compile_commands.json").read_text())
                      if e["file"] == str(ROOT / path)), None)
        if entry is None:
            self.skipTest(f"this build does not compile {path}")
        words = [word.replace(f"{ROOT}/src", f"{self.tree}/src").replace(f"{ROOT}/include", f"{self.tree}/include")
                 for word in shlex.split(entry["command"])]
        output = words.index("-o")
        done = subprocess.run([*words[:output], *words[output + 2:], "-fsyntax-only"], cwd=entry["directory"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        BUILD = Path(sys.argv.pop(1)).resolve()
    unittest.main()
