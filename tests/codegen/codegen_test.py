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
    import kernels
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
        ('formats = ["int4", ', 'formats = ["int7", ', "formats names no format"),
        ("id = 3", "id = 2", "id 2 is given 2 times"),
        ('groups = "whole"', 'groups = "row"', "groups must be"),
        ("strip = 64", "strip = 0", "go together"),
    ],
    "formats.toml": [
        ("codes = 3", "codes = 4", "codes must count"),
        ("values = [-1, 0, 1]", "values = [-1, 1]", "one value per code"),
        ('default_layout = "codes"', 'default_layout = "trits"', "does not hold it"),
        ('default_layout = "planes"\ndefault_layout_whole = "trits"',
         'default_layout = "trits"\ndefault_layout_whole = "trits"', "does not hold it"),
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
        for path, text in emit.outputs(LOADED).items():
            with self.subTest(path=path):
                self.assertEqual((ROOT / path).read_text(encoding="utf-8"), text,
                                 "run python3 codegen/lutgen --write")


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

    def test_names_that_files_and_the_command_use(self):
        text = (ROOT / "src/format/types.cc").read_text(encoding="utf-8")
        named = set(re.findall(r"{(\w+)::(k\w+), \"(\w+)\"}", text))
        for name, table in (("LayoutId", "layout"), ("WeightFormat", "format"),
                            ("ZeroKind", "zero"), ("Elem", "elem"), ("Mode", "mode")):
            with self.subTest(enum=name):
                self.assertEqual({entry for entry in named if entry[0] == name},
                                 {(name, spec.enumerator(n), n) for n in LOADED.names(table)})

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
