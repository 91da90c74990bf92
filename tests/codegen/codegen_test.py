"""Tests of codegen/lutgen: fresh outputs, mistakes found, agreement with the C++ headers."""

import re
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "codegen" / "lutgen"))
try:
    import check
    import emit
    import format_words
    import formats
    import kernels
    import marks
    import spec
except ModuleNotFoundError as error:
    print(f"SKIPPED: the generator needs Python 3.11 or newer: no module {error.name}")
    sys.exit(77)

SPEC_TEXTS = {file: (ROOT / "codegen" / "spec" / file).read_bytes() for file in spec.SCHEMA}
LOADED, _ = spec.parse(SPEC_TEXTS)

# A field of an instruction, which mistakes below change.
IMM = '{name = "imm", hi = 31, lo = 0, kind = "signed"}'

# By file: text that is replaced once, its replacement, what the mistake says.
BROKEN = {
    "kernels.toml": [
        ("planes = [1]\n", "planes = [1]\nplanes = [1]\n", "Cannot overwrite a value"),
        ("planes = [1]\n", "", "key 'planes' is missing"),
        ("planes = [1]\n", "planes = 1\n", "'planes' must be of type list"),
        ("planes = [1]\n", "planes = [1]\nwidth = 4\n", "unknown key 'width'"),
        ("planes = [1]\n", "planes = [9]\n", "does not come in these planes"),
        ("[[method]]", "[[methode]]", "unknown table 'methode'"),
        ("planes = [1]\n", "planes = [1, 1]\n", "is given twice"),
        ('method = "dot"', 'method = "dots"', "method names no method: 'dots'"),
        ('layout = "codes"', 'layout = "nibbles"', "layout names no layout"),
        ('packing = "lut4_fast"', 'packing = "lut4_exact"', "does not serve its modes"),
        ('modes = ["fast", "exact"]', 'modes = ["fast", "fast"]', "repeats an entry"),
        ('name = "ternary5"\n', 'name = "Ternary5"\n', "lower-case words"),
        ('digits = "codes"', 'digits = "bytes"', "digits must be one of"),
        ("tokens = [1, 0]", "tokens = [0, 0]", "tokens are the least"),
        ('needs = ["lookup64"', 'needs = ["lookup65"', "needs names no need"),
        ('portable = "Codebook<LayoutId::kCodes>"\n', "", "PORTABLE has no kernel for bitmod4"),
    ],
    "layouts.toml": [
        ("id = 3", "id = 2", "id 2 is given 2 times"),
        ('name = "codes"', 'name = "nibbles"', "layouts names no layout: 'codes'"),
        ('groups = "whole"', 'groups = "row"', "groups must be"),
        ("strip = 64", "strip = 0", "go together"),
    ],
    "formats.toml": [
        ("id = 2\nname", "id = 1\nname", "id 1 is given 2 times"),
        ("id = 20\n", "id = 21\n", "ids count from 1 in the order of entries"),
        ('name = "int2"', 'name = "int1"', "name 'int1' is given 2 times"),
        ('name = "int2"', 'name = "Int2"', "is not lower-case words"),
        ('family = "ternary"', 'family = "trinary"', "family names no family: 'trinary'"),
        ("bits = 8\n", "bits = 9\n", "bits must be 1 to 8"),
        ("multipliers = [1, 1]\n", "multipliers = [1]\n", "one multiplier per bit"),
        ("multipliers = [1, 1]\n", "multipliers = [1, 3]\n", "multipliers are 1, 2, 4"),
        ("first = -1\n", "first = 1\n", "must reach from below 0"),
        ("search = [0.15, 1.1]", "search = [1.1, 0.15]", "search is the least and largest factor"),
        ("search = [0.15, 1.1]\n", "", "search is the least and largest factor"),
        ('layouts = ["planes", "trits"]', 'layouts = ["trits", "planes"]', "does not hold its groups"),
        ('layout_whole = "trits"', 'layout_whole = "codes"', "layout_whole codes does not hold it"),
        ('bits = 2\nlayouts = ["planes"]', 'bits = 2\nlayouts = ["codes"]',
         "layout codes cannot hold its planes"),
        ('bits = 2\nlayouts = ["planes"]', 'bits = 2\nlayouts = []\nlayout_whole = "codes"', "no layout holds it"),
        ('layouts = ["codes", "planes"]', 'layouts = ["codes", "planes", "codes"]', "repeats an entry"),
        ('unit = "1/112"', 'unit = "1/0"', "is no number like 1/2"),
        ('unit = "1/112"\n', "", "tables and unit go together"),
        ("[-112, -78,", "[-78,", "one value per code"),
        ("[-112, -78,", "[-128, -78,", "values are integers from -127 to 127"),
        ("  [0, 1, 2, 4, 3, -1, -2, -4],\n", "", "there are 1 or 4 tables"),
        ('integers = "book"\nvalue = "s * NF4', 'integers = "linear"\nvalue = "s * NF4',
         "tables and unit are for books"),
        ('integers = "bfp"', 'integers = "float"', "integers must be one of"),
        ('group = "16"', 'group = "32"', "its default group '32' is none"),
        ('group = "64"', 'group = "tensor"', "its default group 'tensor' is none"),
        ("groups = [32]", "groups = [30]", "groups are up to four multiples of 4"),
        ('scale = "e4m3"', 'scale = "f16"', "its default scale 'f16' is none of its scales"),
        ('super_scales = ["u8", "i8"]', 'super_scales = ["u8", "i32"]', "'i32' is no type of scales"),
        ('super_scales = ["u8", "i8"]', 'super_scales = ["u8", "i9"]', "super_scales names no elem"),
        ('zeros = ["none", "integer", "float"]', 'zeros = ["none", "integer"]', "once for each of its zeros"),
        ('zeros = ["none", "integer", "float"]', 'zeros = ["none", "whole"]', "zeros names no zero"),
        ('zeros = ["none"]\nwhole_tensor = true\nscales = ["f32", "f16", "bf16"]\ngroup = "tensor"',
         'zeros = ["none", "float"]\nwhole_tensor = true\nscales = ["f32", "f16", "bf16"]\ngroup = "tensor"',
         "zero points are for integers that rise by 1"),
    ],
    "lmma_isa.toml": [
        ("opcode = 0x41", "opcode = 0x40", "its opcode must be its own"),
        ("opcode = 0x01", "opcode = 0x00", "from 1 to 254"),
        (IMM, '{name = "imm", hi = 31, lo = 0, kind = "wide"}', "there is no kind 'wide'"),
        (IMM, '{name = "imm", hi = 51, lo = 0, kind = "signed"}', "at most 32 bits"),
        (IMM, '{name = "imm", hi = 51, lo = 20, kind = "signed"}', "bit 51 is in 2 fields"),
        (IMM, '{name = "imm", hi = 31, lo = 0, kind = "signed", max = 3}', "max goes with"),
        (IMM, '{name = "imm", hi = 31, kind = "signed"}', "a field has name, hi, lo, kind"),
        ('kind = "log2", max = 16}', 'kind = "log2", max = 256}', "max must be 1 to 128"),
        ('lo = 51, kind = "scalar"', 'lo = 56, kind = "scalar"', "below the opcode"),
        ('syntax = " {sd}, {imm}"', 'syntax = " {sd}, {imm}, {sd}"', "must name every field once"),
        ("id = 5", "id = 7", "act_type: ids must count from 0"),
        ('instruction = "fold"', 'instruction = "mold"', "no instruction 'mold'"),
        ('values = {a = ["f16"], t', 'values = {a = ["f61"], t', "none of the field"),
        ('values = {a = ["f16"], t', 'values = {b = ["f16"], t', "no type or flag 'b'"),
    ],
}


def mistakes_of(file, old, new):
    text = SPEC_TEXTS[file].decode("utf-8")
    if old not in text:
        raise AssertionError(f"{file} does not contain {old!r}")
    texts = dict(SPEC_TEXTS)
    texts[file] = text.replace(old, new, 1).encode("utf-8")
    loaded, found = spec.parse(texts)
    return found or check.mistakes(loaded)


def without_kernel(method, regime, layout):
    loaded, _ = spec.parse(SPEC_TEXTS)
    loaded.tables["kernel"] = [
        k for k in loaded.tables["kernel"]
        if (k["method"], k["regime"], k["layout"]) != (method, regime, layout)]
    return check.mistakes(loaded)


class SpecTest(unittest.TestCase):
    def test_the_spec_is_well_formed(self):
        loaded, mistakes = spec.parse(SPEC_TEXTS)
        self.assertEqual(mistakes, [])
        self.assertEqual(check.mistakes(loaded), [])

    def test_mistakes_are_found(self):
        for file, mistakes in BROKEN.items():
            for old, new, says in mistakes:
                with self.subTest(file=file, new=new):
                    self.assertIn(says, "\n".join(mistakes_of(file, old, new)))

    def test_every_target_needs_a_kernel_for_each_format(self):
        # Method dot serves every layout alone, so that lookups may be missing.
        self.assertEqual(without_kernel("ternary5", "gemv", "trits"), [])
        targets = LOADED.names("target") + ["PORTABLE"]
        gone = ["codes: target PORTABLE has no kernel for " + name + " in " + mode
                for name in ("int4", "bfp4") for mode in ("fast", "exact")]
        self.assertEqual(without_kernel("dot", "gemm", "codes"),
                         [f"layout {text} mode at any number of tokens" for text in gone])
        # Codebooks have kernels of their own; those for any number of tokens serve narrow targets.
        found = without_kernel("codebook", "gemm", "planes")
        self.assertEqual({text.split()[3] for text in found}, set(targets) - {"AVX3_DL"})

    def test_names_of_kernels(self):
        names = [k["name"] for k in kernels.expand(LOADED)]
        self.assertEqual(len(names), len(set(names)))
        for name in ("lut4_gemv_fast_b1", "lut5_gemm_fast_b2", "ternary5_small_m_exact",
                     "ternary3_gemm_fast", "dot_gemv_planes_b8", "dot_gemm_trits",
                     "codebook_small_m_codes"):
            self.assertIn(name, names)

    def test_committed_files_are_fresh(self):
        for path, text in emit.outputs(LOADED, ROOT).items():
            with self.subTest(path=path):
                self.assertEqual((ROOT / path).read_text(encoding="utf-8"), text,
                                 "run python3 codegen/lutgen --write")


class MarksTest(unittest.TestCase):
    PAGE = "a\n// lutgen x: begin\nold\n// lutgen x: end\n| <!-- lutgen y: begin -->old<!-- lutgen y: end --> |\n"

    def test_parts_are_replaced(self):
        self.assertEqual(
            marks.filled("page", self.PAGE, {"x": ["1", "2"], "y": "new"}),
            self.PAGE.replace("old\n", "1\n2\n", 1).replace("old<", "new<"))

    def test_marks_that_are_missing_or_too_many(self):
        for text, parts in ((self.PAGE, {"x": []}), (self.PAGE, {"x": [], "y": "", "z": []}),
                            (self.PAGE.replace("lutgen x: end", "end"), {"x": [], "y": ""}),
                            (self.PAGE + self.PAGE, {"x": [], "y": ""})):
            with self.assertRaisesRegex(ValueError, "page: it should have the marks x"):
                marks.filled("page", text, parts)

    def test_names_in_words(self):
        self.assertEqual(formats.compressed(["int1", "int2", "int3", "ternary", "int5", "nf4"]),
                         ["int1 to int3", "int5", "ternary", "nf4"])
        self.assertEqual(formats.listed(["a", "b", "c"]), "a, b and c")
        self.assertEqual(formats.listed(["a"]), "a")

    def test_comments_stand_behind_enumerators_or_above(self):
        rows = [("kA = 0,", "word"), ("kLonger = 1,", "words")]
        self.assertEqual(format_words.commented(rows, "//", ""),
                         ["  kA = 0,       // word", "  kLonger = 1,  // words"])
        long = [("kA = 0,", "word " * 20), ("kB = 1,", "")]
        self.assertEqual(len(format_words.commented(long, "//", "")), 4)


def enum(header, name):
    """{enumerator: value} of an enum class of a header."""
    text = re.sub(r"//[^\n]*", "", (ROOT / header).read_text(encoding="utf-8"))
    body = re.search(rf"enum class {name}[^{{]*{{([^}}]*)}}", text)[1]
    values, following = {}, 0
    for item in filter(None, (part.strip() for part in body.split(","))):
        enumerator, _, value = (piece.strip() for piece in item.partition("="))
        values[enumerator] = int(value) if value else following
        following = values[enumerator] + 1
    return values


def constant(header, name):
    text = (ROOT / header).read_text(encoding="utf-8")
    return int(re.search(rf"\b{name} = (\d+);", text)[1])


class HeadersTest(unittest.TestCase):
    def test_numbered_enums(self):
        for name, table in (("LayoutId", "layout"), ("WeightFormat", "format"),
                            ("ZeroKind", "zero"), ("Elem", "elem"), ("Mode", "mode")):
            with self.subTest(enum=name):
                self.assertEqual(
                    enum("include/lutgemm/types.hpp", name),
                    {spec.enumerator(e["name"]): e["id"] for e in LOADED.tables[table]})

    def test_enums_of_kernels(self):
        for name, table in (("Method", "method"), ("Regime", "regime")):
            self.assertEqual(list(enum("include/lutgemm/types.hpp", name)),
                             [spec.enumerator(n) for n in LOADED.names(table)])
        self.assertEqual(set(enum("src/kernels/registry.h", "Modes")), set(kernels.MODES.values()))
        self.assertEqual(list(enum("src/kernels/registry.h", "Digits")),
                         [spec.enumerator(d) for d in kernels.DIGITS])

    def test_bytes_of_packed_steps(self):
        planes = constant("src/kernels/contract.h", "kLut4Table")
        trits = constant("src/kernels/contract.h", "kTernary5Table")
        self.assertEqual({p["name"]: p["step_bytes"] for p in LOADED.tables["packing"]},
                         {"lut4_fast": planes, "lut4_exact": 2 * planes, "ternary5_fast": trits,
                          "ternary5_exact": 2 * trits, "int8": 16,
                          "ternary3_fast": constant("src/kernels/contract.h", "kTernary3Tables"),
                          "lut5_fast": constant("src/kernels/contract.h", "kLut5Tables")})


if __name__ == "__main__":
    unittest.main()
