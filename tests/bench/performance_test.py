"""Runs bench/run_performance.sh --smoke and makes the page of its results.

    performance_test.py BUILD
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "bench" / "run_performance.sh"


def run(*arguments):
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, check=False)


class PerformanceTest(unittest.TestCase):
    build = ""

    def test_a_smoke_run_makes_the_page(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            out = folder / "results" / "a-core.json"
            done = run(SCRIPT, "--smoke", "--build", self.build, "--core", "A core", "--out", out)
            self.assertEqual(done.returncode, 0, done.stderr)
            made = json.loads(out.read_text())
            self.assertEqual(made["core"], "A core")
            commands = {r["command"] for r in made["runs"]}
            for kernel in ("lut4_gemv_fast_b2", "dot_gemm_planes_b2", "dot_gemm_trits"):
                self.assertTrue(any(f"--kernel {kernel} " in c for c in commands), kernel)
            done = run(sys.executable, ROOT / "bench" / "report", "--results", out.parent, "--root", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            page = (folder / "docs" / "gen" / "performance.md").read_text()
            for section in ("## Cores", "## One token", "## The choice", "## Error"):
                self.assertIn(section, page)

    def test_wrong_options_are_told(self):
        for arguments, says in ((["--fast"], "--fast"), (["--build", "/no/where"], "no /no/where")):
            done = run(SCRIPT, *arguments)
            self.assertEqual(done.returncode, 2)
            self.assertIn(says, done.stderr)
        self.assertIn("--quick", run(SCRIPT, "--help").stdout)


if __name__ == "__main__":
    PerformanceTest.build = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
