"""Starts compare_ggml on tiny shapes: both libraries multiply, and both rightly.

    ggml_test.py PROGRAM
"""

import json
import subprocess
import sys
import unittest


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


class GgmlTest(unittest.TestCase):
    program = ""
    quick = ("--min-time", "1", "--working-set", "1", "--formats", "int2")

    def test_results_stand_side_by_side(self):
        done = run(self.program, "--types", "q4_0,q8_0", "--shapes", "1x64x256,5x40x512", "--json",
                   *self.quick)
        self.assertEqual(done.returncode, 0, done.stderr)
        results = json.loads(done.stdout)["results"]
        for m, n in ((1, 64), (5, 40)):
            here = [r for r in results if (r["m"], r["n"]) == (m, n)]
            self.assertLessEqual({"int2", "ggml_q4_0", "ggml_q8_0"}, {r["format"] for r in here})
        for result in results:
            self.assertLess(result["nmse"], 1e-3, result["format"])
            self.assertGreater(result["gmacs"], 0)
        self.assertEqual({r["bits_per_weight"] for r in results if r["format"] == "ggml_q4_0"},
                         {4.5})

    def test_types_that_do_not_fit_are_told(self):
        done = run(self.program, "--types", "no_such,q4_0", "--shapes", "1x8x100", *self.quick)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no_such", done.stderr)
        self.assertIn("q4_0", done.stderr)
        self.assertNotIn("ggml_", done.stdout)


if __name__ == "__main__":
    GgmlTest.program = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
