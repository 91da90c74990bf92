"""Tests of bench/report on measurements that are made up."""

import contextlib
import importlib.util
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "report"))
import load  # noqa: E402
import plots  # noqa: E402
import plot_dse  # noqa: E402: plots.py made the folder of tools known
import tables  # noqa: E402

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


def document(results, command="lutgemm bench --json", working_set=64, threads=1):
    return {"date": "2026-11-21T10:00:00Z", "build": {"version": "0.1.0", "compiler": "g++ 12.2.0"},
            "machine": {"name": "Made Up", "cores": 2, "l1d_bytes": 49152, "l2_bytes": 2097152,
                        "l3_bytes": 1 << 28, "targets": ["AVX3_DL", "PORTABLE"]},
            "settings": {"threads": threads, "working_set_mib": working_set, "act": "f32",
                         "block": 0, "min_time_ms": 150, "seed": 1, "command": command},
            "calibration": {"read_gbps": 24.5, "dot_peak_gmacs": 380.0, "threads": threads},
            "results": results}


def sample():
    """Every kind of run that run_performance.sh makes, in small."""
    squares = [result(m=m, gmacs=80.0 + m, mode=mode) for m in (1, 4, 64)
               for mode in ("fast", "exact")]
    shapes = [result(n=n, k=k, format=f, group="tensor" if f == "ternary" else "128")
              for n, k in ((4096, 4096), (14336, 4096), (4096, 14336)) for f in ("ternary", "int1")]
    forced = [document([result(m=m, kernel=kernel, gmacs=speed + m) for m in (1, 4, 64)],
                       f"lutgemm bench --kernel {kernel} --json")
              for kernel, speed in (("lut4_gemv_fast_b2", 80.0), ("dot_gemm_planes_b2", 70.0))]
    return [document(squares + shapes), document(shapes, working_set=1024), *forced,
            document([result(time_us=100.0, threads=2)], threads=2),
            document([result(target="AVX2", gmacs=33.0)], "lutgemm bench --target AVX2"),
            document([result(), result(format="ggml_q2_K", kernel="CPU", target="ggml 0.21",
                                       bits_per_weight=2.625, gmacs=40.0)], "compare_ggml"),
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

    def page_of(self, documents):
        measurements = load.load([self.save({"runs": documents})])
        return tables.page(measurements, [])

    def test_page_names_machine_date_compiler_and_commands(self):
        page = self.page_of(sample())
        for text in ("Made Up, 2 cores", "2026-11-21 10:00", "g++ 12.2.0", "lutgemm bench --json",
                     "| 1 | 64 | 24.5 to 24.5 | 380.0 to 380.0 |"):
            self.assertTrue(text in page, text)

    def test_tables_show_the_figures(self):
        page = self.page_of(sample())
        for text in ("| int2:128 | 0.91 |",
                     "| format | M=1 | M=4 | M=64 |", "| int2:128 | 81 | 84 | 144 |",
                     "| M | lut4_gemv_fast_b2 | dot_gemm_planes_b2 | default choice | of the best |",
                     "| 64 | 144 | 134 | lut4_gemv_fast_b2 | 1.00 |",
                     "| int2:128 | fast | 4096x4096 | 1 | 2 | 84 | 2.00 |",
                     "| AVX2 | int2:128 | fast | 4096x4096 | 1 | lut4_gemv_fast_b2 | 33 | 22.3 |",
                     "| 4096x4096 | 1 | ggml_q2_K | CPU | 2.62 | 200.0 | 40 | 3.0e-05 |",
                     "| pack/int2/planes/N:8/K:8 | 5 us | 0.75 |"):
            self.assertTrue(text in page, text)
        self.assertLess(page.index("| int1:128"), page.index("| ternary:tensor"))

    def test_small_figures_do_not_become_0(self):
        for value, decimals, text in ((84.2, 0, "84"), (0.24, 0, "0.24"), (0.912, 2, "0.91"),
                                      (0.00312, 2, "0.0031"), (0, 1, "0.0"), (7.0, 0, "7")):
            self.assertEqual(tables.figure(value, decimals), text)
        slow = result(gmacs=0.00312, dot_ratio=0.0004, read_ratio=0.0007)
        page = self.page_of([document([slow])])
        for text in ("0.0031", "0.00040", "0.00070"):
            self.assertIn(text, page)

    def test_a_single_run_makes_a_page_too(self):
        page = self.page_of([document([result()])])
        self.assertIn("## One token", page)
        for absent in ("## Kernels", "## Threads", "## Other targets", "## Beside", "## Packing"):
            self.assertNotIn(absent, page)

    def test_the_default_choice_is_held_against_kernels_of_its_layout(self):
        other = document([result(m=1, kernel="dot_gemv_codes", layout="codes", gmacs=500.0)],
                         "lutgemm bench --kernel dot_gemv_codes")
        page = self.page_of(sample() + [other])
        self.assertTrue("| 1 | 81 | 71 | 500 | lut4_gemv_fast_b2 | 1.00 |" in page)

    def test_a_kernel_that_cannot_do_some_tokens_leaves_them_out(self):
        few = document([result(m=m, kernel="lut4_small_m_fast_b2", gmacs=90.0) for m in (4, 64)],
                       "lutgemm bench --kernel lut4_small_m_fast_b2")
        page = self.page_of(sample() + [few])
        self.assertIn("| 1 | 81 | 71 | - | lut4_gemv_fast_b2 | 1.00 |", page)
        self.assertIn("| 4 | 84 | 74 | 90 | lut4_gemv_fast_b2 | 0.93 |", page)

    def test_documents_that_name_rows_are_read(self):
        def older(part):
            part = json.loads(json.dumps(part))
            for one in part.get("results", []):
                one["row"] = one.pop("kernel")
            if "settings" in part:
                settings = part["settings"]
                settings["command"] = settings["command"].replace("--kernel", "--row")
            return part

        page, new = self.page_of(list(map(older, sample()))), self.page_of(sample())
        self.assertEqual(page.replace("--row", "--kernel"), new)

    def test_merged_files_say_the_same(self):
        parts = [self.save(d, f"{i}.json") for i, d in enumerate(sample())]
        merged = self.folder / "merged.json"
        self.assertEqual(self.run_report("--merge", merged, *parts), (0, ""))
        self.assertEqual(tables.page(load.load([merged]), []), tables.page(load.load(parts), []))

    def test_bad_files_are_told(self):
        missing = document([result()])
        del missing["settings"]["command"]
        for name, content, says in (("noise", "noise", "not JSON"), ("list", "[]", "not a document"),
                                    ("other", "{}", "neither"), ("part", missing, "'command'"),
                                    ("none", {"runs": []}, "no measured products")):
            code, errors = self.run_report(self.save(content, name), "--page", self.folder / "p.md")
            self.assertEqual(code, 3, name)
            self.assertIn(says, errors)
        self.assertEqual(self.run_report(self.folder / "absent")[0], 3)
        self.assertFalse((self.folder / "p.md").exists())

    def test_without_matplotlib_the_page_has_tables_only(self):
        page = self.folder / "p.md"
        with mock.patch.dict(sys.modules, {"matplotlib": None}):
            code, errors = self.run_report(self.save({"runs": sample()}), "--page", page,
                                           "--images", self.folder / "img")
        self.assertEqual(code, 0)
        self.assertIn("python3-matplotlib", errors)
        self.assertNotIn("## Plots", page.read_text())

    def test_plots(self):
        try:
            plots.pyplot()
        except plots.NoMatplotlib:
            self.skipTest("no matplotlib")
        page, images = self.folder / "docs" / "p.md", self.folder / "docs" / "img"
        arguments = (self.save({"runs": sample()}), "--page", page, "--images", images)
        self.assertEqual(self.run_report(*arguments), (0, ""))
        names = {"roofline.svg", "speed_int2_128.svg", "bits_tokens.svg"}
        self.assertEqual({path.name for path in images.iterdir()}, names)
        for name in names:
            self.assertIn(f"](img/{name})", page.read_text())
        first = {path: path.read_bytes() for path in images.iterdir()}
        self.run_report(*arguments)
        self.assertEqual(first, {path: path.read_bytes() for path in images.iterdir()})

    def test_no_two_lines_share_a_colour(self):
        kept = {"#000000", "#ffffff", "#555555"}  # of roofs, paper and the default choice
        for count in range(1, 65):
            found = plots.colours(count)
            self.assertEqual(len(set(found)), count)
            self.assertFalse(kept & set(found))
        drawn = []

        class Axes(mock.MagicMock):
            def plot(self, *_, **style):
                drawn.append(style["color"])

            def scatter(self, *_, **style):
                drawn.append(style["color"])

        pyplot = mock.MagicMock()
        pyplot.subplots.return_value = (mock.MagicMock(), Axes())
        runs = [document([result(kernel=f"kernel{i}")]) for i in range(14)]
        measurements = load.load([self.save({"runs": runs})])
        self.assertTrue(plots.roofline(pyplot, measurements, self.folder / "r.svg"))
        lines = [colour for colour in drawn if colour not in kept]
        self.assertEqual((len(lines), len(set(lines))), (14, 14))

        drawn.clear()
        points = [{"symmetric": half, "table_bits": bits, "bit_serial": serial, "area_per_mac_um2": 1.0,
                   "energy_per_mac_fj": 1.0, "rounds_entries": False, "shape": "m2n64k4"}
                  for half in (True, False) for bits in range(4, 10) for serial in (True, False)]
        plot_dse.draw(pyplot, {"points": points, "front": [], "units": [], "best": points[0],
                               "macs": 512, "act": "f16", "weight_bits": 1})
        kinds = [colour for colour in drawn if colour != "black"]
        self.assertEqual((len(kinds), len(set(kinds))), (24, 24))

    def test_tokens_per_second(self):
        measurements = load.load([self.save({"runs": sample()})])
        points = plots.model_points(measurements, "fast", 1024)
        # 32 layers x 7 matrices of 200 us each.
        self.assertEqual([(round(rate, 6), name) for _, rate, name in points],
                         [(round(1 / (32 * 7 * 200e-6), 6), "int1:128"),
                          (round(1 / (32 * 7 * 200e-6), 6), "ternary:tensor")])
        self.assertAlmostEqual(points[0][0], 2.125)
        self.assertEqual(plots.model_points(measurements, "exact", 1024), [])


if __name__ == "__main__":
    unittest.main()
