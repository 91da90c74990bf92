"""Tests of abi.py: which changes pass, which break programs, and what lets them."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import abi  # noqa: E402

OLD = """\
# comment
version {version}
soversion 3
function lutgemm_run lutgemm_status(const lutgemm_plan*)
struct lutgemm_spec 16
field lutgemm_spec.struct_size 0 uint32_t
field lutgemm_spec.group 8 size_t
struct lutgemm_rows 8
field lutgemm_rows.count 0 size_t
enumerator LUTGEMM_F32 0
macro LUTGEMM_ALIGNMENT 64
symbol _ZN7lutgemm4PackE
"""

BREAKS = {
    "a function is gone": ("function lutgemm_run lutgemm_status(const lutgemm_plan*)\n", ""),
    "a parameter has another type": ("(const lutgemm_plan*)", "(lutgemm_plan*)"),
    "an enumerator has another value": ("LUTGEMM_F32 0", "LUTGEMM_F32 1"),
    "a macro has another value": ("ALIGNMENT 64", "ALIGNMENT 32"),
    "a field moved": ("spec.group 8 size_t", "spec.group 4 size_t"),
    "a field has another type": ("spec.group 8 size_t", "spec.group 8 double"),
    "a field is gone": ("field lutgemm_spec.group 8 size_t\n", ""),
    "a field lies in old padding": ("enumerator", "field lutgemm_spec.new 4 uint32_t\nenumerator"),
    "a struct shrank": ("struct lutgemm_spec 16", "struct lutgemm_spec 12"),
    "a struct without struct_size grew": ("struct lutgemm_rows 8", "struct lutgemm_rows 16"),
    "a C++ symbol is gone": ("symbol _ZN7lutgemm4PackE\n", ""),
}
ADDITIONS = {
    "a function": ("function", "function lutgemm_more void(void)\nfunction"),
    "a field past the end": ("struct lutgemm_spec 16\n",
                             "struct lutgemm_spec 24\nfield lutgemm_spec.new 16 size_t\n"),
    "an enumerator": ("enumerator", "enumerator LUTGEMM_F64 9\nenumerator"),
    "a C++ symbol": ("symbol", "symbol _ZN7lutgemm6RepackE\nsymbol"),
}


def change(version, edit, new_version=None, soversion=3):
    """The file before and the build after an edit."""
    before = OLD.format(version=version)
    assert edit[0] in before
    after = before.replace(f"version {version}", f"version {new_version or version}", 1)
    after = after.replace("soversion 3", f"soversion {soversion}").replace(*edit, 1)
    return abi.parsed(before), abi.parsed(after)


class Rules(unittest.TestCase):
    def test_every_break_needs_a_larger_soversion_from_1_0_on(self):
        for kind, edit in BREAKS.items():
            with self.subTest(kind):
                for minor in ("1.2", "1.3", "2.0"):
                    self.assertIn("a larger SOVERSION", abi.refusal(*change("1.2", edit, minor)))
                self.assertIsNone(abi.refusal(*change("1.2", edit, "1.3", 4)))

    def test_before_1_0_a_break_needs_a_larger_minor_version(self):
        for kind, edit in BREAKS.items():
            with self.subTest(kind):
                self.assertIn("a larger minor version", abi.refusal(*change("0.1", edit)))
                self.assertIsNone(abi.refusal(*change("0.1", edit, "0.2")))
                self.assertIsNone(abi.refusal(*change("0.1", edit, "0.1", 4)))

    def test_additions_need_a_larger_minor_version_from_1_0_on(self):
        for kind, edit in ADDITIONS.items():
            with self.subTest(kind):
                self.assertIsNone(abi.refusal(*change("0.1", edit)))
                self.assertIn("this adds", abi.refusal(*change("1.2", edit)))
                self.assertIsNone(abi.refusal(*change("1.2", edit, "1.3")))

    def test_every_difference_is_told(self):
        for edit in [*BREAKS.values(), *ADDITIONS.values()]:
            self.assertNotEqual(abi.differences(*change("1.2", edit)), [])
        same = ("# comment", "# another")
        self.assertEqual(abi.differences(*change("1.2", same)), [])
        self.assertIsNone(abi.refusal(*change("1.2", same)))
        self.assertEqual(len(abi.differences(*change("1.2", same, "1.3"))), 1)

    def test_versions_do_not_fall(self):
        same = ("# comment", "# another")
        self.assertIn("smaller", abi.refusal(*change("1.2", same, "1.1")))
        self.assertIn("smaller", abi.refusal(*change("1.2", same, soversion=2)))


class TheFile(unittest.TestCase):
    def test_it_is_what_would_be_written(self):
        text = abi.FILE.read_text()
        read = abi.parsed(text)
        self.assertEqual(read.text(), text)
        kinds = {name.split()[0] for name in read.entries}
        self.assertEqual(kinds, {"function", "struct", "field", "enumerator", "macro", "symbol"})
        self.assertGreater(len(read.entries), 400)


if __name__ == "__main__":
    unittest.main()
