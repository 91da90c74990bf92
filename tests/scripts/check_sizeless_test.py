"""Tests of tools/dev/check_sizeless.py: small bad examples, each beside what is right."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "dev"))
import check_sizeless  # noqa: E402

# Text, and the lines that have a finding.
EXAMPLES = {
    "member": ("struct A {\n  hn::Vec<hn::ScalableTag<float>> low, high;\n};", [2]),
    "member of a template's type": (
        "template <class V>\nstruct A {\n  size_t n;\n  V low;\n};", [4]),
    "member by an alias": ("using Bytes = hn::Vec<Tag>;\nclass A {\n  const Bytes all;\n};", [3]),
    "member of a member": ("struct A {\n  Four<hn::Vec<Tag>> sums;\n};", [2]),
    "member that is a mask": ("struct A {\n  hn::Mask<Tag> positive;\n};", [2]),
    "members by a macro": (
        "struct A {\n#define X(t) hn::Vec<Tag> a##t, b##t;\n  EACH(X)\n#undef X\n};", [2]),
    "struct of pointers": (
        "struct A {\n  const uint8_t* codes;\n  alignas(64) uint8_t row[64];\n"
        "  hn::Vec<Tag> Row(hn::Vec<Tag> a) const { const auto b = hn::Load(d, row); return b; }\n"
        "  using V = hn::Vec<Tag>;\n};", []),
    "array": ("void F() {\n  hn::Vec<Tag> part[4];\n}", [2]),
    "array behind a variable": ("using B = hn::Vec<Tag>;\nvoid F() {\n  B a, part[4];\n}", [3]),
    "reference to an array": ("void F(\n    hn::Vec<Tag> (&part)[4]) {}", [2]),
    "container": ("void F() {\n  std::array<hn::Vec<Tag>, 2> two;\n}", [2]),
    "container of numbers": ("std::array<uint16_t, 128> high;\nstd::pair<int, float> two;", []),
    "capture by reference": (
        "void F() {\n  const auto m = hn::Set(d, 1);\n"
        "  const auto f = [&](size_t i) HWY_ATTR { return hn::Add(m, hn::Load(d, p + i)); };\n}",
        [3]),
    "capture by value": (
        "void F() {\n  const auto m = hn::Set(d, 1);\n  return [m](Bytes b) { return m; };\n}", [3]),
    "capture with a name": ("void F() {\n  G([m = hn::Set(d, 1)] { return m; });\n}", [2]),
    "capture of a parameter": (
        "template <class VU8>\nvoid F(size_t n, VU8 codes, VU8& sum) {\n"
        "  Each(n, [&](size_t) { sum = hn::Add(sum, codes); });\n}", [3, 3]),
    "capture of what follows a comma": (
        "void F() {\n  auto a = hn::Zero(d), b = a;\n  Each([&]() LOOP_ATTR { b = G(b); });\n}", []),
    "capture by a lambda in a lambda": (
        "void F() {\n  Each([&](size_t i) HWY_ATTR {\n    const auto v = hn::Load(d, p + i);\n"
        "    Each([&](size_t) HWY_ATTR { hn::Store(v, d, p); });\n  });\n}", [4]),
    "capture of an auto parameter": (
        "void F() {\n  Each([&](auto v) HWY_ATTR {\n"
        "    const auto w = hn::Neg(v);\n    Each([&](size_t) HWY_ATTR { G(v); });\n  });\n}", [4]),
    "capture of a function's result": (
        "hn::Vec<Tag> Load(size_t i) {\n  return hn::Load(d, p + i);\n}\n"
        "void F() {\n  const auto v = Load(1);\n  Each([&] { G(v); });\n}", [6]),
    "capture of a lambda's result": (
        "void F() {\n  const auto load = [&](size_t i) HWY_ATTR { return hn::Load(d, p + i); };\n"
        "  const auto v = load(1);\n  Each([&](size_t) { G(v); });\n}", [4]),
    "capture of a choice": (
        "void F() {\n  const auto v = first ? hn::Zero(d) : hn::Load(d, p);\n"
        "  Each([&](size_t) { G(v); });\n}", [3]),
    "vectors as parameters of lambdas": (
        "void F() {\n  const auto a = hn::Zero(d);\n"
        "  const auto store = [&](size_t i, auto v, hn::Vec<Tag> w) HWY_ATTR {\n"
        "    const auto sum = hn::Add(v, w);\n    hn::Store(sum, d, p + i);\n  };\n"
        "  store(0, a, a);\n}", []),
    "a name of its own": (
        "void F() {\n  const auto v = hn::Zero(d);\n"
        "  Each([&](size_t i) { const auto v = hn::Load(d, p + i); hn::Store(v, d, p); });\n}", []),
    "another function's vector": (
        "void F() {\n  const auto v = hn::Zero(d);\n}\n"
        "void G(size_t v) {\n  Each([&](size_t i) { H(v + i); });\n}", []),
    "lanes, sums and members of structs": (
        "void F() {\n  const size_t lanes = hn::Lanes(d);\n  const auto sum = hn::ReduceSum(d, v);\n"
        "  const auto low = hn::Zero(d);\n  Each([&](size_t) { G(lanes, sum, args.low); });\n}", []),
    "assembler": ('void F() {\n  asm("" : "+v"(x));\n}', [2]),
    "intrinsic": ("void F() {\n  G(_mm512_set1_epi8(1));\n}", [2]),
    "intrinsic's type": ("void F() {\n  __m256i a;\n}", [2]),
    "header of intrinsics": ("#include <immintrin.h>", [1]),
    "register": ("void F() {\n  auto v = hn::Zero(d);\n  G(v.raw);\n}", [3]),
    "register of a result": ("void F() {\n  G(hn::Zero(d).raw);\n}", [2]),
    "a member that is called raw": ("void F(const Args& args) {\n  G(args.raw + 1);\n}", []),
    "comments and texts": (
        "// struct A { hn::Vec<Tag> a; };\n/* asm */ const char* s = \"asm _mm_x\";", []),
}
# The comma's second variable is a vector as well.
EXAMPLES["capture of what follows a comma"] = (
    EXAMPLES["capture of what follows a comma"][0], [3])


class SizelessTest(unittest.TestCase):
    def lines_of(self, text, path="few/body-inl.h"):
        with tempfile.TemporaryDirectory() as root:
            file = Path(root) / path
            file.parent.mkdir(parents=True)
            file.write_text(text + "\n", encoding="utf-8")
            found = list(check_sizeless.problems([Path(root)]))
            self.assertTrue(all(f == file for f, _, _ in found))
            return [line for _, line, _ in found]

    def test_examples(self):
        for name, (text, lines) in EXAMPLES.items():
            with self.subTest(name=name):
                self.assertEqual(self.lines_of(text), lines)

    def test_arch(self):
        self.assertEqual(self.lines_of('void F() {\n  asm("nop");\n}', "target/arch/x86-inl.h"), [])
        self.assertEqual(self.lines_of("struct A {\n  hn::Vec<Tag> a;\n};", "arch/a-inl.h"), [2])

    def test_paths(self):
        self.assertEqual(check_sizeless.main(["no/such/folder"]), 1)
        with tempfile.TemporaryDirectory() as root:
            file = Path(root) / "a-inl.h"
            file.write_text("struct A {\n  hn::Vec<Tag> a;\n};\n", encoding="utf-8")
            self.assertEqual(check_sizeless.main([str(file)]), 1)
            self.assertEqual(check_sizeless.main([root]), 1)
            file.write_text("void F(hn::Vec<Tag> a);\n", encoding="utf-8")
            self.assertEqual(check_sizeless.main([str(file)]), 0)


if __name__ == "__main__":
    unittest.main()
