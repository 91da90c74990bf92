"""Imports checkpoints of every convention and compares each weight, bit by bit, with what the
readers of reference/ make of the same bytes; and damaged ones, whose errors must say where.

    values_test.py DUMP_VALUES [unittest's arguments]

LUTGEMM_SEED makes other files, LUTGEMM_TEST_SAMPLE=N takes one case in N.
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "reference"))
import numpy_or_skip  # noqa: F401, E402  first: without NumPy the modules below cannot be read
import numpy as np  # noqa: E402

import make_files  # noqa: E402

SEED = int(os.environ.get("LUTGEMM_SEED", "1"))
SAMPLE = int(os.environ.get("LUTGEMM_TEST_SAMPLE", "1"))


def differences(got, expected, bound):
    """Where values differ, as (row, column) pairs; zeros of either sign are equal."""
    with np.errstate(invalid="ignore"):
        same = (got + 0.0).view(np.uint32) == (expected + 0.0).view(np.uint32)
        if bound is not None:
            same |= np.abs(got.astype(np.float64) - expected) <= bound
    return np.argwhere(~same)


class ValuesTest(unittest.TestCase):
    program = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="lutgemm_import_")
        cls.cases = make_files.make_all(cls.folder.name, SEED)[SEED % SAMPLE::SAMPLE]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_on(self, case, *name):
        command = [self.program, str(case.path), *name, *case.arguments]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        text = done.stderr.decode(errors="replace")
        self.assertIn(done.returncode, (0, 1), f"{' '.join(command)}: {text}")
        # Sanitizers end programs with 1 as well.
        self.assertNotRegex(text, "Sanitizer|runtime error")
        if done.returncode == 1:
            self.assertEqual(done.stdout, b"", "values before an error")
            self.assertNotEqual(text.strip(), "", "an error without words")
        return done.returncode == 0, done.stdout, text

    def compare(self, case, name):
        good, out, error = self.run_on(case, name)
        if not good and name in case.may_refuse:
            self.assertIn(name.rpartition(".")[0], error)
            return
        self.assertTrue(good, error)
        expected = case.expected[name]
        self.assertEqual(len(out), expected.nbytes, f"bytes of {expected.shape} weights")
        got = np.frombuffer(out, "<f4").reshape(expected.shape)
        wrong = differences(got, expected, case.bounds.get(name))
        if len(wrong):
            at = tuple(wrong[0])
            self.fail(f"{len(wrong)} of {got.size} weights differ, first {at}: "
                      f"{got[at]!r}, not {expected[at]!r}")

    def test_values(self):
        for case in self.cases:
            for name in case.expected:
                with self.subTest(case=case.name, weights=name, seed=SEED):
                    self.compare(case, name)

    def test_lists_have_every_matrix_and_no_other(self):
        for case in self.cases:
            if not case.expected:
                continue
            with self.subTest(case=case.name, seed=SEED):
                good, out, error = self.run_on(case)
                if case.may_refuse and not good:
                    continue
                self.assertTrue(good, error)
                rows = [line.split("\t") for line in out.decode().splitlines()]
                self.assertEqual({row[0] for row in rows}, set(case.expected))
                for name, kind, refusal in rows:
                    self.assertNotEqual(kind, "")
                    if name not in case.may_refuse:
                        self.assertEqual(refusal, "")

    def test_errors_say_where(self):
        for case in self.cases:
            for name, words in case.refused.items():
                with self.subTest(case=case.name, weights=name, seed=SEED):
                    good, _, error = self.run_on(case, *([name] if name else []))
                    self.assertFalse(good, "was imported")
                    for word in words:
                        self.assertIn(word, error)

    def test_damaged_files_do_no_harm(self):
        numbers = random.Random(SEED)
        for case in self.cases[::3]:
            names = list(case.expected) + list(case.refused)
            whole = case.path.read_bytes()
            damaged = bytearray(whole)
            for _ in range(numbers.choice((1, 2, 8))):
                # Headers more often than tensors.
                damaged[numbers.randrange(min(len(damaged), numbers.choice((600, 10 ** 9))))] ^= (
                    1 << numbers.randrange(8))
            case.path.write_bytes(damaged)
            with self.subTest(case=case.name, seed=SEED):
                self.run_on(case, numbers.choice(names) or "any")
            case.path.write_bytes(whole)


if __name__ == "__main__":
    ValuesTest.program = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
