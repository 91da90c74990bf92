#include "plan/memory.h"

#include "base/bits.h"

#include <algorithm>

namespace lutgemm::plan {
namespace {

constexpr size_t Align(size_t bytes) { return base::RoundUp(bytes, 64); }

}  // namespace

TableMemory MakeTableMemory(const Blocking& blocking, const Split& split) {
  const kernels::BlockGrid& grid = blocking.grid;
  const size_t block_floats = Align(split.tokens * grid.blocks * sizeof(float));
  TableMemory memory;
  memory.token_bytes = Align(grid.steps * blocking.step_bytes);
  // Tokens a power of two apart would share the sets of an L1 cache.
  if (memory.token_bytes % 1024 == 0) memory.token_bytes += 64;
  memory.scale_offset = Align(sizeof(TableHeader));
  memory.sum_offset = memory.scale_offset + block_floats;
  memory.outlier_offset = memory.sum_offset + block_floats;
  memory.data_offset = memory.outlier_offset;
  const size_t lists = split.tokens * split.segments;
  memory.run_stride = lists * kernels::kOutlierRun;
  if (blocking.clips_outliers) {
    const size_t most = split.segment_blocks * grid.block_steps * kernels::kOutliersPerStep;
    const size_t runs = base::CeilDiv(most, kernels::kOutlierRun);
    memory.count_offset =
        memory.outlier_offset + Align(runs * memory.run_stride * sizeof(kernels::Outlier));
    memory.data_offset = memory.count_offset + Align(lists * sizeof(uint32_t));
  }
  memory.bytes = memory.data_offset + split.tokens * memory.token_bytes;
  return memory;
}

ScratchMemory MakeScratchMemory(const Request& request, const Blocking& blocking,
                                const Split& split) {
  const size_t outputs =
      base::RoundUp(split.strips_per_item * request.geometry.strip, kernels::kAccUnit);
  const size_t acc_bytes = split.tile_tokens * outputs * sizeof(float);
  const size_t prep_bytes = kernels::PackFloats(blocking.packed_k()) * sizeof(float);
  const size_t scale_bytes = blocking.grid.groups * outputs * sizeof(float);
  const bool offsets = request.weights.info().zero == ZeroKind::kFloat;
  ScratchMemory memory;
  memory.prep_bytes = Align(prep_bytes);
  memory.acc_floats = acc_bytes / sizeof(float);
  memory.raw_offset = Align(std::max(prep_bytes, split.turns * acc_bytes));
  memory.rest_offset = memory.raw_offset + acc_bytes;
  memory.inner_offset =
      memory.rest_offset + (blocking.clips_outliers ? split.turns * acc_bytes : 0);
  memory.scales_offset = memory.inner_offset + (blocking.grid.span_groups != 0 ? acc_bytes : 0);
  memory.zeros_offset = memory.scales_offset + scale_bytes;
  memory.panel_offset = memory.zeros_offset + (offsets ? scale_bytes : 0);
  memory.bytes = memory.panel_offset + Align(split.panel_bytes);
  return memory;
}

Memory MakeMemory(const Request& request, const Blocking& blocking, const Split& split) {
  return {MakeTableMemory(blocking, split), MakeScratchMemory(request, blocking, split),
          request.problem.threads};
}

}  // namespace lutgemm::plan
