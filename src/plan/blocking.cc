#include "plan/blocking.h"

#include "base/bits.h"

#include <algorithm>

namespace lutgemm::plan {
namespace {

using base::CeilDiv;

// Steps of K and of its groups. Kernels of layout trits take weights of one group.
void SetSteps(const layout::KSpace& ks, Method method, Blocking& blocking) {
  kernels::BlockGrid& grid = blocking.grid;
  const size_t step_k = blocking.step_k;
  if (method == Method::kLut5) {
    grid.group_steps = CeilDiv(ks.group, step_k);
    grid.steps = ks.k / ks.group * grid.group_steps + CeilDiv(ks.k % ks.group, step_k);
  } else if (step_k == layout::kSlice) {
    grid.group_steps = ks.group_slices;
    grid.steps = ks.slices;
  } else {
    grid.group_steps = grid.steps = CeilDiv(ks.k, step_k);
  }
  grid.groups = CeilDiv(grid.steps, grid.group_steps);
}

// Activations that share a scale, in a group of `group`: what the problem says, or the default of
// docs/numerics.md, in whole steps.
size_t BlockOf(const Problem& problem, const kernels::KernelSpec& kernel, size_t group) {
  size_t block = problem.act_bfp != 0 ? ActBfpBlock(problem) : problem.block;
  if (block == 0) block = problem.mode == Mode::kExact || kernel.block == 0 ? group : kernel.block;
  return std::min(base::RoundUp(block, kernel.block_unit), group);
}

// Groups whose activations share a scale: those of a super-group; and short groups in mode fast,
// where nobody asks for finer blocks. The fold of a group is a multiplication and an addition then.
size_t SpanGroups(const Request& request, const kernels::KernelSpec& kernel) {
  const Problem& problem = request.problem;
  const layout::KSpace& ks = request.geometry.ks;
  if (problem.out == Elem::kI32 || kernel.packing != kernels::Packing::kInt8) return 0;
  if (ks.super_length != 0) return ks.super_length;
  const bool whole_slices = ks.group % layout::kSlice == 0 && ks.groups > 1;
  const WeightInfo& info = request.weights.info();
  const bool large_zeros =
      info.zero == ZeroKind::kInteger &&
      !kernels::AreSmallZeros(CodeCount(info.format), request.weights.largest_zero());
  if (problem.mode == Mode::kExact || problem.block != 0 || !whole_slices || large_zeros) return 0;
  return ks.group > kLongestSpannedGroup ? 0 : kSpanK / ks.group;
}

}  // namespace

Blocking MakeBlocking(const Request& request, const Choice& choice) {
  const Problem& problem = request.problem;
  const layout::KSpace& ks = request.geometry.ks;
  const kernels::PackingSpec& packing = kernels::SpecOf(choice.kernel->packing);
  Blocking blocking;
  blocking.k = ks.k;
  blocking.group_k = ks.group;
  blocking.step_k = packing.step_k;
  blocking.step_bytes = packing.step_bytes;
  blocking.tables = packing.tables;
  blocking.clips_outliers = choice.kernel->packing == kernels::Packing::kInt8 &&
                            problem.mode == Mode::kFast && problem.act != Elem::kI8;
  SetSteps(ks, choice.kernel->method, blocking);
  kernels::BlockGrid& grid = blocking.grid;
  const size_t group = grid.group_steps * packing.step_k;
  grid.span_groups = SpanGroups(request, *choice.kernel);
  const size_t block = grid.span_groups != 0 ? group : BlockOf(problem, *choice.kernel, group);
  // Exact blocks longer than an int32 sum allows are cut; the pieces keep one scale.
  const size_t cut = std::min(block, kMaxBlockK);
  grid.block_steps = cut / packing.step_k;
  const size_t per_group = blocking.blocks_per_group();
  const size_t full_groups = grid.steps / grid.group_steps;
  const size_t rest = grid.steps - full_groups * grid.group_steps;
  grid.blocks = full_groups * per_group + CeilDiv(rest, grid.block_steps);
  if (grid.span_groups != 0) {
    blocking.scale_blocks = grid.span_groups;
    return blocking;
  }
  // Blocks that are cut where a group has several of them scale alone.
  const bool fast_tables = packing.tables && problem.mode == Mode::kFast;
  const bool one_scale = !fast_tables && !blocking.clips_outliers && block == group;
  if (one_scale && block > cut) blocking.scale_blocks = per_group;
  return blocking;
}

}  // namespace lutgemm::plan
