"""Starts the Google Benchmark programs on tiny shapes: names parse, cases run, counters are there.

    programs_test.py PROGRAM...
"""

import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

CASE = r"(?P<kernel>\w+)/(?P<target>\w+)/(?P<format>\w+)/(?P<mode>fast|exact)"
NAMES = {
    "kernel_bench": re.compile(rf"apply/{CASE}/M:(\d+)/N:(\d+)/K:(\d+)"),
    "tables_bench": re.compile(rf"tables/{CASE}/M:(\d+)/K:(\d+)"),
    "pack_bench": re.compile(r"pack/(?P<format>\w+)/(?P<layout>planes|trits|codes)/N:(\d+)/K:(\d+)"),
    "blocks_bench": re.compile(r"blocks/(import|pack)/(?P<format>\w+)/N:(\d+)/K:(\d+)"),
}
SHAPE = "--shapes=3x40x80"
BLOCKS_SHAPE = "--shapes=1x40x256"  # whole blocks of every type


def shape_of(program):
    return BLOCKS_SHAPE if Path(program).name == "blocks_bench" else SHAPE


def run(program, *flags):
    return subprocess.run([program, *flags], capture_output=True, text=True, check=False)


class ProgramsTest(unittest.TestCase):
    programs = []

    def each(self):
        self.assertTrue(self.programs)
        return [(program, NAMES[Path(program).name]) for program in self.programs]

    def names(self, program, *flags):
        listed = run(program, "--benchmark_list_tests", *flags)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        return listed.stdout.split()

    def test_names_parse_and_differ(self):
        for program, form in self.each():
            for flags in ([], [shape_of(program)]):
                names = self.names(program, *flags)
                self.assertGreater(len(names), 4, program)
                self.assertEqual(len(names), len(set(names)), program)
                for name in names:
                    self.assertRegex(name, rf"^{form.pattern}$")

    def test_every_case_runs_and_counts(self):
        for program, form in self.each():
            done = run(program, shape_of(program), "--benchmark_min_time=0.00001", "--benchmark_format=json")
            self.assertEqual(done.returncode, 0, done.stderr)
            results = json.loads(done.stdout)["benchmarks"]
            self.assertEqual({r["name"] for r in results}, set(self.names(program, shape_of(program))))
            for result in results:
                self.assertNotIn("error_message", result, result["name"])
                self.assertGreater(result["GB/s"], 0, result["name"])

    def test_every_row_and_format_has_a_case(self):
        for program, form in self.each():
            found = [form.match(name) for name in self.names(program, shape_of(program))]
            formats = {match["format"] for match in found if match}
            if form.pattern.startswith("blocks"):
                self.assertLessEqual({"Q4_0", "Q4_K", "TQ2_0", "NVFP4"}, formats)
            elif "pack" in form.pattern or "apply" in form.pattern:
                self.assertLessEqual({"int1", "int2", "int3", "int4", "ternary"}, formats)

    def test_wrong_arguments_are_told(self):
        for program, _ in self.each():
            for wrong in ("--shapes=1x2", "--shapes=", "--shapes=0x1x1", "--shapes=1x2x3x4",
                          "--shape=1x2x3"):
                refused = run(program, wrong, "--benchmark_list_tests")
                self.assertEqual(refused.returncode, 2, wrong)
                self.assertIn("--shapes=MxNxK", refused.stderr)


if __name__ == "__main__":
    ProgramsTest.programs = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
