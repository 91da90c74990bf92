#!/usr/bin/env python3
"""What the choice by cost rests on: the program measures, tables make the header, which pins choices.

    costs_test.py PROGRAM
"""

import math
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench/costs"))

import fit  # noqa: E402
import model  # noqa: E402
from nnls import nnls  # noqa: E402

PROGRAM = ""


def run(*arguments, text=None):
    return subprocess.run([PROGRAM, *arguments], input=text, text=True, capture_output=True,
                          check=False)


class Program(unittest.TestCase):
    def test_measurements_can_be_read_back_with_their_work(self):
        table = run("measure", "--core", "xeon", "--smoke", "--turn-ms", "0.1")
        self.assertEqual(table.returncode, 0, table.stderr)
        lines = table.stdout.splitlines()
        self.assertIn("xeon,PORTABLE" if "PORTABLE" in lines[-1] else "xeon,", lines[-1])
        work = run("features", text=table.stdout)
        self.assertEqual(work.returncode, 0, work.stderr)
        found = work.stdout.splitlines()
        self.assertEqual(found[0], lines[0] + ",acts,weights,products,scales,folds,spills,bytes,beside")
        self.assertEqual(len(found), len(lines))
        self.assertEqual([line.rsplit(",", 8)[0] for line in found[1:]], lines[1:])
        for line in found[1:]:
            if "_gemv_" in line and ",128,3," in line:
                acts, weights, products = line.split(",")[-8:-5]
                self.assertEqual(acts, "384")
                self.assertEqual(weights, products)
                self.assertEqual(line.split(",")[-1], "0.333333")

    def test_a_wrong_line_is_named(self):
        title = run("features", text="").stdout.splitlines()[0].rsplit(",", 8)[0]
        for line in ("xeon,AVX2,dot", "xeon,AVX2,x,int9,f16,none,1,1,1,1,fast,1,L2,1,0",
                     "xeon,AVX2,x,int2,f16,none,row,1,1,1,fast,1,L9,1,0"):
            done = run("features", text=f"{title}\n{line}\n")
            self.assertEqual(done.returncode, 1)
            self.assertIn("line 2", done.stderr)

    def test_choices_are_pinned(self):
        pins = (ROOT / "tests/plan/choice_pins.csv").read_text()
        self.assertEqual(run("pins").stdout, pins, "costs pins > tests/plan/choice_pins.csv")

    def test_the_header_is_what_the_tables_make(self):
        done = subprocess.run([sys.executable, ROOT / "bench/costs/fit.py", "--check", "--costs",
                               PROGRAM], text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


class Fit(unittest.TestCase):
    def test_least_squares_without_negative_coefficients(self):
        for found, want in zip(nnls([[1, 0], [0, 2], [1, 1]], [3, 8, 7]), [3, 4]):
            self.assertAlmostEqual(found, want, places=5)
        # The best fit would take -1 of the second column.
        found = nnls([[1, 0], [0, 1], [1, 1]], [2, -1, 1])
        self.assertEqual(found[1], 0.0)
        self.assertAlmostEqual(found[0], 1.5, places=5)

    def test_times_that_coefficients_made_are_predicted_again(self):
        want = [0.5, 0.01, 0.002, 0.3, 0.06, 0.0, 0.0, 0.0, 0.0, 0.0, 1.25, 1.5]
        points = []
        for m in (1, 2, 5, 9, 40):
            beside = 1.0 if m < 5 else 0.5
            for n, k, group, near, far in ((512, 1024, 32, 0.005, 0), (4096, 4096, 128, 0.03, 0),
                                           (1024, 8192, 8192, 0, 0.06)):
                work = [m * k, -(-m // 8) * n * k, m * n * k, -(-m // 8) * n * k / group,
                        m * n * k / group, 0, 0, 0, 0, 0, n * k / 4 * near, n * k / 4 * far]
                points.append(model.Point(work, 0.0, 0.0, {}, beside))
                points[-1].ns = model.predict(want, points[-1])
        found = model.fit(points)
        for error in model.errors(found, points):
            self.assertLess(abs(error), 0.02)
        self.assertAlmostEqual(found[2], want[2], delta=0.2 * want[2])

    def test_what_l3_could_hold_is_priced_as_if_from_there_and_from_dram_alike(self):
        cost = [0.0, 1.0] + [0.0] * 8 + [1.0, 2.0]
        levels = {"L2": [1.0, 0.0], "L3": [3.0, 0.0], "DRAM": [0.0, 4.0]}
        work = [0.0, 8.0] + [0.0] * 8
        for n, size, want in ((1024, 100, math.hypot(4.0, 1.0) + 4.0),
                              (1024, 101, math.sqrt((5.0 + 4.0) * (math.hypot(4.0, 8.0) + 4.0))),
                              (2048, 200, (math.hypot(4.0, 1.0) + 4.0) / 2)):
            row = {"n": str(n), "bytes": str(size)}
            point = model.Point(work + levels["L2"], 1.0, 0.0, row, 0.5, levels)
            self.assertAlmostEqual(model.price(cost, point, 200.0), want)

    def test_the_distance_of_prefetching_is_the_best_of_all_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            lines = ["target,kernel,format,mode,m,level,ahead,ns"]
            lines += [f"AVX2,k,int4,fast,1,{level},{ahead},{ns}" for level, ahead, ns in (
                ("L3", 1024, 100), ("L3", 4096, 100), ("DRAM", 1024, 300), ("DRAM", 4096, 290))]
            lines += [f"AVX2,k,int4,fast,2,DRAM,{ahead},{ns}" for ahead, ns in
                      ((1024, 200), (4096, 250))]
            (Path(folder) / "xeon-ahead.csv").write_text("\n".join(lines) + "\n")
            self.assertEqual(fit.distances(Path(folder)), {("xeon", "AVX2", "k", "fast"): 1024})


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
