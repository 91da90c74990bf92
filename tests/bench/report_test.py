"""Tests of bench/report: results of made-up runs, and that the pages of the tree are what its results make."""

import contextlib
import importlib.util
import io
import json
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "report"))
sys.path[:0] = sorted({str(path.parent) for name in ("plot_dse.py", "colours.py")
                       for path in (ROOT / "tools").rglob(name)})
import markdown  # noqa: E402: the folders are known from here on
import page  # noqa: E402
import plot_dse  # noqa: E402
import results  # noqa: E402

spec = importlib.util.spec_from_file_location("report", ROOT / "bench" / "report" / "__main__.py")
report = importlib.util.module_from_spec(spec)
spec.loader.exec_module(report)


def result(**changes):
    values = {"format": "int2", "group": "128", "bits_per_weight": 2.125, "m": 1, "n": 4096,
              "k": 4096, "mode": "fast", "threads": 1, "target": "AVX3_DL",
              "kernel": "lut4_gemv_fast_b2", "layout": "planes", "copies": 15, "time_us": 200.0,
              "gmacs": 84.0, "weight_gbps": 22.3, "read_ratio": 0.91, "dot_ratio": 0.22,
              "nmse": 3e-5}
    values.update(changes)
    return values


def document(given, command="lutgemm bench --json", working_set=64, threads=1):
    return {"date": "2026-11-21T10:00:00Z", "build": {"version": "0.1.0", "compiler": "g++ 12.2.0"},
            "machine": {"name": "Made Up", "cores": 2, "l1d_bytes": 49152, "l2_bytes": 2097152,
                        "l3_bytes": 1 << 28, "targets": ["AVX3_DL", "PORTABLE"]},
            "settings": {"threads": threads, "working_set_mib": working_set, "act": "f32",
                         "block": 0, "min_time_ms": 150, "seed": 1, "command": command},
            "calibration": {"read_gbps": 24.5, "dot_peak_gmacs": 380.0, "threads": threads},
            "results": given}


def sample():
    """Every kind of run that run_performance.sh makes, in small."""
    squares = [result(m=m, gmacs=80.0 + m, mode=mode) for m in (1, 8, 64, 512)
               for mode in ("fast", "exact")]
    shapes = [result(n=n, k=k, format=f, group="tensor" if f == "ternary" else "128", read_ratio=share)
              for n, k, share in ((4096, 4096, 0.9), (14336, 4096, 0.7), (4096, 14336, 0.8))
              for f in ("ternary", "int1")]
    forced = [document([result(m=m, kernel=kernel, gmacs=speed + m) for m in (1, 8, 64)],
                       f"lutgemm bench --kernel {kernel} --json")
              for kernel, speed in (("lut4_gemv_fast_b2", 80.0), ("dot_gemm_planes_b2", 81.0))]
    other = {"kernel": "CPU", "target": "ggml 0.21", "bits_per_weight": 2.625, "gmacs": 40.0}
    return [document(squares + shapes), document(shapes, working_set=1024), *forced,
            document([result(gmacs=168.0, threads=2)], threads=2),
            document([result(target="AVX2", gmacs=33.0)], "lutgemm bench --target AVX2"),
            document([result(gmacs=90.0), result(format="ggml_q2_K", time_us=450.0, **other),
                      result(format="ggml_q2_0", time_us=900.0, **{**other, "gmacs": 20.0})], "compare_ggml"),
            {"context": {}, "benchmarks": [{"name": "pack/int2/planes/N:8/K:8", "real_time": 5.0,
                                            "time_unit": "us", "GB/s": 0.75}]}]


class ReportTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def save(self, content, name="in.json"):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def run_report(self, *arguments):
        """Exit code and stderr."""
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            code = report.main([str(a) for a in arguments])
        return code, errors.getvalue()

    def collected(self, documents, core="", name="made-up"):
        """The file of results of a run, in a folder of its own."""
        parts = [self.save(d, f"{name}-{i}.json") for i, d in enumerate(documents)]
        out = self.folder / "results" / f"{name}.json"
        self.assertEqual(self.run_report("--collect", out, "--core", core, "--commit", "abc1234", *parts), (0, ""))
        return out

    def page_of(self, documents):
        self.collected(documents)
        return page.page(results.load_cores(self.folder / "results"), [])

    def test_the_pages_of_the_tree_are_what_its_results_make(self):
        self.assertEqual(self.run_report("--check"), (0, ""))
        text = (ROOT / report.PAGE).read_text(encoding="utf-8")
        self.assertLess(len(text.splitlines()), 200)
        for path in (ROOT / "bench" / "results").glob("*.json"):
            self.assertEqual(results.text_of(json.loads(path.read_text())), path.read_text(), path)
            self.assertTrue((ROOT / "bench" / "log" / f"{path.stem}.md").exists(), path)

    def test_a_file_of_results_says_where_and_how(self):
        made = json.loads(self.collected(sample()).read_text())
        self.assertEqual((made["core"], made["machine"]["name"]), ("Made Up", "Made Up"))
        self.assertEqual(len(made["runs"]), len(sample()) - 1)
        for run in made["runs"]:
            for key, value in (("machine", "Made Up"), ("date", "2026-11-21"), ("commit", "abc1234"),
                               ("compiler", "g++ 12.2.0")):
                self.assertEqual(run[key], value)
            self.assertIn(run["command"].split()[0], ("lutgemm", "compare_ggml"))
        self.assertEqual(made["single_kernels"], [{"name": "pack/int2/planes/N:8/K:8", "time_ns": 5000,
                                                   "gbps": 0.75}])
        self.assertIn({"format": "int2", "group": "128", "mode": "exact", "nmse": [3e-5, 3e-5]}, made["errors"])

    def test_tables_show_the_figures(self):
        text = self.page_of(sample())
        for line in ("| machine | Made Up, 2 cores |", "| date | 2026-11-21 |", "| commit | abc1234 |",
                     "| one core reads, cache: GB/s | 24 |", "| dot peak of one core: GMAC/s | 380 |",
                     "| int1:128 | 0.80 (0.70) | 0.80 (0.70) |",  # memory, cache: median and least
                     "| int2:128 | 88 (0.22) | 144 (0.22) | 592 (0.22) |",
                     "| int2 | ggml | 1 | 90 | 40 q2_K | 2.2x |",
                     "| int2:128 | 0.99, M = 1 | - |",  # the choice
                     "| int2:128 | 2.07 | - | - |",  # two threads
                     "| int2:128 | 33 / - |",  # other targets
                     "| int2:128 | 3.0e-05 | 3.0e-05 |"):
            self.assertIn(line, text)
        self.assertLess(text.index("| int1:128"), text.index("| ternary:tensor"))

    def test_cores_are_columns(self):
        self.collected(sample(), "Core A", "a")
        other = [document([result(m=8, gmacs=50.0)])]
        self.collected(other, "Core B", "b")
        text = page.page(results.load_cores(self.folder / "results"), [])
        self.assertIn("| format | Core A: memory | Core A: cache | Core B: memory | Core B: cache |", text)
        self.assertIn("| int2:128 | 88 (0.22) | 144 (0.22) | 592 (0.22) | 50 (0.22) | - | - |", text)

    def test_small_figures_do_not_become_0(self):
        for value, decimals, text in ((84.2, 0, "84"), (0.24, 0, "0.24"), (0.912, 2, "0.91"),
                                      (0.00312, 2, "0.0031"), (0, 1, "0.0"), (7.0, 0, "7"), (None, 1, "-")):
            self.assertEqual(markdown.figure(value, decimals), text)

    def test_a_single_run_makes_a_page_too(self):
        text = self.page_of([document([result()])])
        self.assertIn("## One token", text)
        for absent in ("## The choice", "## Two threads", "## Other targets", "## Beside", "## A model"):
            self.assertNotIn(absent, text)

    def test_tokens_per_second(self):
        made = json.loads(self.collected(sample()).read_text())["model"]
        self.assertEqual(made["working_set_mib"], 1024)
        # 32 layers x 7 matrices of 200 us each.
        rate = float(f"{1 / (32 * 7 * 200e-6):.4g}")
        self.assertEqual([(r["format"], r["tokens_per_second"]) for r in made["results"]],
                         [("ternary", rate), ("int1", rate)])

    def test_page_plots_and_readme_are_written_once(self):
        self.collected(sample())
        readme = self.save("# x\n\n<!-- speed: made by bench/report -->\n<!-- end of speed -->\n\ny\n", "README.md")
        where = ("--results", self.folder / "results", "--root", self.folder)
        code, errors = self.run_report("--check", *where)
        self.assertEqual(code, 1)
        self.assertIn("docs/gen/performance.md is not what bench/results makes", errors)
        self.assertEqual(self.run_report(*where), (0, ""))
        self.assertIn("| int2, ggml | 90 : 40 q2_K, **2.2x** | - |", readme.read_text())
        names = {"beside_ggml.svg", "speed_over_tokens.svg", "bits_tokens.svg"}
        self.assertEqual({path.name for path in (self.folder / "docs" / "img").iterdir()}, names)
        for name in names:
            self.assertIn(f"](../img/{name})", (self.folder / report.PAGE).read_text())
            ElementTree.parse(self.folder / "docs" / "img" / name)
        self.assertEqual(self.run_report("--check", *where), (0, ""))

    def test_bad_files_are_told(self):
        missing = document([result()])
        del missing["settings"]["command"]
        out = self.folder / "results" / "x.json"
        for name, content, says in (("noise", "noise", "not JSON"), ("list", "[]", "not a document"),
                                    ("other", "{}", "no measured products"), ("part", missing, "'command'")):
            code, errors = self.run_report("--collect", out, self.save(content, name))
            self.assertEqual(code, 3, name)
            self.assertIn(says, errors)
        self.assertEqual(self.run_report("--collect", out, self.folder / "absent")[0], 3)
        self.assertFalse(out.exists())
        self.assertEqual(self.run_report("--results", self.folder)[0], 3)
        self.save("{}", "x.json")
        self.assertIn("is missing", self.run_report("--results", self.folder)[1])

    def test_no_two_kinds_of_points_share_a_colour(self):
        for count in range(1, 65):
            found = plot_dse.colours(count)
            self.assertEqual(len(set(found)), count)
            self.assertFalse({"#000000", "#ffffff"} & set(found))
        drawn = []

        class Axes(mock.MagicMock):
            def scatter(self, *_, **style):
                drawn.append(style["color"])

        pyplot = mock.MagicMock()
        pyplot.subplots.return_value = (mock.MagicMock(), Axes())
        points = [{"symmetric": half, "table_bits": bits, "bit_serial": serial, "area_per_mac_um2": 1.0,
                   "energy_per_mac_fj": 1.0, "rounds_entries": False, "shape": "m2n64k4"}
                  for half in (True, False) for bits in range(4, 10) for serial in (True, False)]
        plot_dse.draw(pyplot, {"points": points, "front": [], "units": [], "best": points[0],
                               "macs": 512, "act": "f16", "weight_bits": 1})
        kinds = [colour for colour in drawn if colour != "black"]
        self.assertEqual((len(kinds), len(set(kinds))), (24, 24))


if __name__ == "__main__":
    unittest.main()
