"""Tests of tools/dev/check_layers.py, check_size.py and check_dead.py."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "dev"))
import check_dead  # noqa: E402
import check_layers  # noqa: E402
import check_size  # noqa: E402

ALLOWED = [
    ("src/format/fp.h", '"base/bits.h"'),
    ("src/kernels/arch/x86-inl.h", '"kernels/target/ops-inl.h"'),
    ("src/kernels/shard.cc", "<hwy/highway.h>"),
    ("src/kernels/shard.cc", '"layout/layout.h"'),
    ("src/ref/gemm.cc", '"quant/quantize.h"'),
    ("src/plan/run.cc", '"kernels/registry.h"'),
    ("src/attention/kv_cache.cc", '"kernels/registry.h"'),
    ("src/api/c_api.cc", '"io/packed_file.h"'),
    ("src/model/func/run.cc", '"model/isa/lmma.h"'),
    ("src/model/lower/lower.cc", '"layout/layout.h"'),
    ("src/model/lower/lower.cc", '"model/machine/array.h"'),
    ("src/model/api/product.cc", '"model/lower/gemm.h"'),
    ("src/model/api/product.cc", "<lutgemm/model/product.hpp>"),
    ("include/lutgemm/model/cost.hpp", "<lutgemm/model/product.hpp>"),
    ("src/io/json.cc", "<nlohmann/json.hpp>"),
    ("src/base/cpu.cc", "<lutgemm/status.hpp>"),
    ("include/lutgemm/plan.hpp", "<lutgemm/types.hpp>"),
    ("include/lutgemm/lutgemm.h", "<stddef.h>"),
    ("tests/plan/run_test.cc", '"plan/run.h"'),
    ("tests/kernels/ops_test.cc", "<hwy/highway.h>"),
    ("tests/oracle/problem.cc", '"base/text.h"'),
    ("tests/oracle/problem.cc", '"support/run.h"'),
    ("tools/measure/onednn.cc", "<dnnl.hpp>"),
    ("tools/measure/report.cc", '"tools/console/report.h"'),
    ("tools/command/sim/bitmod/run.cc", '"tools/command/sim/run.h"'),
    ("tools/command/tune/run.cc", '"tools/measure/product.h"'),
    ("tools/command/commands.cc", '"tools/command/tune/options.h"'),
    ("bench/costs/timed.h", '"tools/measure/product.h"'),
    ("tests/tools/command/tune/tune_test.cc", '"tools/command/tune/run.h"'),
    ("examples/tiny_lm/model.cc", "<lutgemm/lutgemm.hpp>"),
]

FORBIDDEN = [
    ("src/base/cpu.cc", '"format/fp.h"'),
    ("src/quant/round.cc", '"layout/layout.h"'),
    ("src/layout/pack.cc", '"quant/quantize.h"'),
    ("src/kernels/shard.cc", '"quant/quantize.h"'),
    ("src/kernels/shard.cc", '"io/packed_file.h"'),
    ("src/kernels/shard.cc", '"plan/run.h"'),
    ("src/kernels/shard.cc", '"ref/gemm.h"'),
    ("src/ref/gemm.cc", '"kernels/registry.h"'),
    ("src/ref/gemm.cc", "<hwy/highway.h>"),
    ("src/plan/run.cc", '"io/packed_file.h"'),
    ("src/plan/run.cc", '"ref/gemm.h"'),
    ("src/api/plan_api.cc", "<lutgemm/model/machine.hpp>"),
    ("include/lutgemm/lutgemm.hpp", "<lutgemm/model/model.hpp>"),
    ("src/model/cost/cost.cc", '"model/lower/gemm.h"'),
    ("src/plan/run.cc", "<hwy/base.h>"),
    ("src/plan/run.cc", '"model/lower/lower.h"'),
    ("src/attention/kv_cache.cc", '"plan/plan_impl.h"'),
    ("src/plan/run.cc", '"attention/kv_blocks.h"'),
    ("src/io/gguf.cc", '"api/c_api.h"'),
    ("src/api/c_api.cc", '"model/func/machine.h"'),
    ("src/model/func/run.cc", '"model/lower/lower.h"'),
    ("src/model/isa/encode.cc", '"layout/layout.h"'),
    ("src/model/cost/cost.cc", '"kernels/registry.h"'),
    ("src/io/json.cc", "<fmt/format.h>"),
    ("src/ref/gemm.cc", "<dnnl.hpp>"),
    ("src/base/cpu.cc", '"cpu.h"'),
    ("src/base/cpu.cc", '"lutgemm/status.hpp"'),
    ("src/extra/thing.cc", "<vector>"),
    ("include/lutgemm/plan.hpp", '"plan/run.h"'),
    ("include/lutgemm/plan.hpp", "<nlohmann/json.hpp>"),
    ("include/lutgemm/plan.hpp", "<unistd.h>"),
    ("tests/plan/run_test.cc", "<hwy/highway.h>"),
    ("tests/oracle/outputs.cc", '"ref/modes.h"'),
    ("tests/oracle/acts.cc", '"kernels/common/pack_act.h"'),
    ("tests/oracle/row.cc", '"format/planes.h"'),
    ("tools/console/numbers.cc", '"tools/measure/random.h"'),
    ("tools/measure/report.cc", '"tools/command/common/share.h"'),
    ("tools/command/common/share.cc", '"tools/command/dse/run.h"'),
    ("tools/command/graph/run.cc", '"tools/command/sim/run.h"'),
    ("tools/command/graph/run.cc", '"tools/command/commands.h"'),
    ("bench/costs/check.cc", '"tools/command/common/share.h"'),
    ("examples/tiny_lm/model.cc", '"plan/run.h"'),
    ("integrations/ggml/backend.cc", '"base/bits.h"'),
]


def write(root, path, text):
    file = Path(root) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


class LayersTest(unittest.TestCase):
    def problems_of(self, path, target):
        with tempfile.TemporaryDirectory() as root:
            write(root, path, f"// a file\n#include {target}\n")
            return list(check_layers.problems(Path(root)))

    def test_allowed(self):
        for path, target in ALLOWED:
            with self.subTest(path=path, target=target):
                self.assertEqual(self.problems_of(path, target), [])

    def test_forbidden(self):
        for path, target in FORBIDDEN:
            with self.subTest(path=path, target=target):
                found = self.problems_of(path, target)
                self.assertEqual(len(found), 1)
                self.assertTrue(found[0].startswith(f"{path}:2: "))

    def test_no_room_includes_upward_in_turn(self):
        for room, below in check_layers.ROOMS.items():
            for other in below:
                self.assertNotIn(room, check_layers.ROOMS[other])


class SizeTest(unittest.TestCase):
    def test_limits(self):
        with tempfile.TemporaryDirectory() as root:
            write(root, "src/base/short.cc", "\n" * check_size.WARN_LINES)
            write(root, "src/kernels/gen/rows.inc", "\n" * 5000)
            self.assertEqual(check_size.long_files(Path(root)), [])
            self.assertEqual(check_size.main([root]), 0)
            write(root, "src/base/long.cc", "\n" * check_size.MAX_LINES)
            self.assertEqual(check_size.main([root]), 0)
            write(root, "src/base/longer.cc", "\n" * (check_size.MAX_LINES + 1))
            self.assertEqual(check_size.main([root]), 1)


# Declarations that a header of src/ could have, with what it takes to use each name.
DECLARED = [
    ("constexpr size_t Half(size_t a) { return a / 2; }", "Half", "x = Half(4);"),
    ("std::vector<std::span<const int>> Parts(int count);", "Parts", "return Parts(1);"),
    ("template <class T>\nconst T* Find(const T& all);", "Find", "case Find(all):"),
    ("struct Row {\n  static Row Of(int i);\n};", "Of", "a = b ? 0\n      : Of(1);"),
    ("inline constexpr size_t kStep = 4;", "kStep", "size_t a[kStep];"),
    ("inline constexpr int kLow[] = {1, 2};", "kLow", "for (int a : kLow) {}"),
    ("inline constexpr int kLow = 1, kHigh = 2;\nint A[kLow];", "kHigh", "Take(kHigh);"),
]


class DeadTest(unittest.TestCase):
    def problems_of(self, header, **others):
        with tempfile.TemporaryDirectory() as root:
            write(root, "src/base/part.h", header + "\n")
            for folder, text in others.items():
                write(root, f"{folder}/part.cc", text + "\n")
            exceptions, check_dead.EXCEPTIONS = check_dead.EXCEPTIONS, {}
            try:
                return list(check_dead.problems(Path(root)))
            finally:
                check_dead.EXCEPTIONS = exceptions

    def test_what_only_tests_and_comments_name_is_dead(self):
        for header, name, use in DECLARED:
            with self.subTest(name=name):
                dead = [f"src/base/part.h: nothing but tests uses {name}"]
                self.assertEqual(self.problems_of(header, tests=use), dead)
                self.assertEqual(self.problems_of(header, src=f"/* {use} */"), dead)
                self.assertEqual(self.problems_of(header, src=f"{use}"), [])
                self.assertEqual(self.problems_of(header, bench=f"{use}"), [])

    def test_a_definition_is_no_use(self):
        dead = ["src/base/part.h: nothing but tests uses Sum"]
        defined = "double Sum(const std::vector<int>& values) {\n  return 0;\n}"
        self.assertEqual(self.problems_of("double Sum(const std::vector<int>& values);",
                                          src=defined), dead)
        self.assertEqual(self.problems_of("struct Row {\n  double Sum() const;\n};",
                                          src="double Row::Sum() const { return 0; }"), dead)

    def test_exceptions_are_dead(self):
        with tempfile.TemporaryDirectory() as root:
            write(root, "src/base/part.h", "int Half(int a);\n")
            self.assertEqual([p for p in check_dead.problems(Path(root)) if "exception" in p],
                             [f"{name} is no exception" for name in sorted(check_dead.EXCEPTIONS)])


if __name__ == "__main__":
    unittest.main()
