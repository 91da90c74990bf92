// Where everything lies in a call's memory: in order, apart, aligned, and as long as it must be.
#include "plan/memory.h"

#include "chain_kit.h"

#include <array>

namespace lutgemm {
namespace {

using test::ChoiceOf;
using test::Info;
using test::RequestOf;

struct Chain {
  plan::Request request;
  plan::Blocking blocking;
  plan::Split split;
  plan::Memory memory;
};

Chain ChainOf(std::string_view kernel, WeightFormat format, size_t m, size_t threads, Mode mode) {
  Problem problem;
  problem.m = m, problem.threads = threads, problem.mode = mode;
  Chain chain;
  chain.request = RequestOf(Info(format, 200, 1000, 64), LayoutId::kPlanes, problem);
  const plan::Choice choice = ChoiceOf(kernel);
  chain.blocking = MakeBlocking(chain.request, choice);
  chain.split = MakeSplit(chain.request, choice, chain.blocking, m);
  chain.memory = MakeMemory(chain.request, chain.blocking, chain.split);
  return chain;
}

TEST_CASE("tables are their header, scales, sums, outliers and packed activations") {
  const Chain c = ChainOf("dot_gemm_planes_b4", WeightFormat::kInt4, 7, 1, Mode::kFast);
  const plan::TableMemory& t = c.memory.tables;
  // 1000 k in groups of 64: 63 steps of 16 bytes, 16 blocks.
  REQUIRE(c.blocking.grid.blocks == 16);
  CHECK(t.token_bytes == 1024 + 64);  // no power of two apart
  CHECK(t.scale_offset == 64);
  CHECK(t.sum_offset == 64 + 7 * 16 * 4);
  CHECK(t.outlier_offset == t.sum_offset + 7 * 16 * 4);
  // A list of one segment: 16 blocks of 4 steps, up to 4 outliers each, in runs of 8.
  REQUIRE(c.split.segments == 1);
  CHECK(t.run_stride == 7 * 8);
  CHECK(t.count_offset - t.outlier_offset == 32 * 7 * 8 * sizeof(kernels::Outlier));
  CHECK(t.data_offset == t.count_offset + 64);
  CHECK(t.bytes == t.data_offset + 7 * t.token_bytes);
  // Nobody keeps outliers apart in exact mode.
  const auto exact = ChainOf("dot_gemm_planes_b4", WeightFormat::kInt4, 7, 1, Mode::kExact);
  CHECK(exact.memory.tables.count_offset == 0);
  CHECK(exact.memory.tables.data_offset == exact.memory.tables.outlier_offset);
}

TEST_CASE("a thread's scratch holds sums of all items that take turns, scales and a panel") {
  const Chain c = ChainOf("dot_gemm_planes_b4", WeightFormat::kInt4, 40, 3, Mode::kFast);
  const plan::ScratchMemory& s = c.memory.scratch;
  const size_t outputs = c.split.strips_per_item * 32;
  const size_t sums = c.split.tile_tokens * outputs * sizeof(float);
  CHECK(s.acc_floats * sizeof(float) == sums);
  CHECK(s.raw_offset >= c.split.turns * sums);
  CHECK(s.raw_offset >= s.prep_bytes);
  CHECK(s.rest_offset == s.raw_offset + sums);
  CHECK(s.inner_offset == s.rest_offset + c.split.turns * sums);
  // Groups of 64 are spans, whose sums have a place of their own.
  REQUIRE(c.blocking.grid.span_groups == 4);
  CHECK(s.scales_offset == s.inner_offset + sums);
  const Chain exact = ChainOf("dot_gemm_planes_b4", WeightFormat::kInt4, 40, 3, Mode::kExact);
  CHECK(exact.memory.scratch.scales_offset == exact.memory.scratch.rest_offset);
  CHECK(s.zeros_offset == s.scales_offset + c.blocking.grid.groups * outputs * sizeof(float));
  CHECK(s.panel_offset == s.zeros_offset);  // no zeros that are floats
  CHECK(s.bytes == s.panel_offset + c.split.panel_bytes);
  CHECK(c.memory.workspace_bytes() == Plan::kWorkspaceHeader + c.memory.tables.bytes + 3 * s.bytes);
  CHECK(c.memory.own_table_bytes() == c.memory.tables.bytes + 3 * s.prep_bytes);
}

TEST_CASE("everything starts where a cache line does") {
  for (const size_t m : {size_t{1}, size_t{5}, size_t{64}, size_t{300}}) {
    for (const size_t threads : {size_t{1}, size_t{4}}) {
      const Chain c = ChainOf("lut4_gemm_fast_b2", WeightFormat::kInt2, m, threads, Mode::kFast);
      const plan::TableMemory& t = c.memory.tables;
      const plan::ScratchMemory& s = c.memory.scratch;
      for (const size_t at : {t.token_bytes, t.scale_offset, t.sum_offset, t.data_offset, t.bytes,
                              s.raw_offset, s.rest_offset, s.scales_offset, s.panel_offset, s.bytes,
                              s.prep_bytes, c.memory.scratch_offset(threads)}) {
        CHECK(at % 64 == 0);
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm
