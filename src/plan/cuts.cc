#include "plan/cuts.h"

#include "base/text.h"
#include "kernels/common/pack_act.h"
#include "plan/plan_impl.h"

#include <algorithm>

namespace lutgemm::plan {
namespace {

using kernels::BlockCursor;
using kernels::BlockGrid;

Status Broken(const PlanImpl& plan, const char* what, size_t step) {
  const BlockGrid& grid = plan.prep_args.grid;
  return {Code::kInternal,
          base::Cat("kernel ", plan.kernel->name, " would be planned wrongly: ", what, " at step ", step,
                    " of ", grid.steps, " (groups of ", grid.group_steps, " steps, blocks of ",
                    grid.block_steps, ", parts of ", plan.part_steps, ")")};
}

bool SameBlock(const BlockCursor& a, const BlockCursor& b) {
  return a.group == b.group && a.block == b.block && a.begin == b.begin && a.end == b.end;
}

// Whether `at` is one block of one group, and its activations follow the `k` before it.
bool IsBlock(const PlanImpl& plan, const BlockCursor& at, size_t k) {
  const BlockGrid& grid = plan.prep_args.grid;
  const kernels::BlockSpan span = kernels::SpanOf(plan.prep_args, at);
  return at.begin < at.end && at.end - at.begin <= grid.block_steps && at.end <= grid.steps &&
         at.begin / grid.group_steps == at.group && (at.end - 1) / grid.group_steps == at.group &&
         span.k == k && span.count > 0 && span.count <= span.padded;
}

// Whether kernels find the block where a part that ends at `end` starts, and memory is for as much.
bool IsPart(const PlanImpl& plan, const BlockCursor& start, size_t end) {
  BlockCursor moved(plan.prep_args.grid);
  moved.MoveToStep(start.begin);
  return SameBlock(moved, start) && end > start.begin && end - start.begin <= plan.part_steps;
}

// Units of preparation and segments of lists by the numbers of their blocks.
Status CheckUnits(const PlanImpl& plan) {
  const BlockGrid& grid = plan.prep_args.grid;
  const size_t shared = plan.prep_args.scale_blocks, unit = plan.unit_blocks;
  const size_t segment = plan.outlier_lists.segment_blocks;
  const size_t per_group = layout::CeilDiv(grid.group_steps, grid.block_steps);
  if (shared != 1 && shared != per_group) return Broken(plan, "a scale of part of a group", 0);
  const bool all = unit >= grid.blocks;
  if (unit == 0 || (!all && (unit % shared != 0 || unit % segment != 0))) {
    return Broken(plan, "a unit of preparation that cuts what shares a scale or a list", 0);
  }
  if (segment == 0 || plan.outlier_lists.segments * segment < grid.blocks ||
      plan.units_per_token * unit < grid.blocks) {
    return Broken(plan, "blocks without a list or a unit", 0);
  }
  return {};
}

}  // namespace

size_t BorderBefore(const BlockGrid& grid, size_t step) {
  if (step >= grid.steps) return grid.steps;
  return step - step % grid.group_steps % grid.block_steps;
}

size_t PartEnd(const PlanImpl& plan, size_t begin) {
  return BorderBefore(plan.prep_args.grid, begin + plan.part_steps);
}

size_t PartCount(const PlanImpl& plan) {
  size_t count = 0;
  for (size_t step = 0; step < plan.prep_args.grid.steps; step = PartEnd(plan, step)) ++count;
  return count;
}

Status CheckCuts(const PlanImpl& plan) {
  const BlockGrid& grid = plan.prep_args.grid;
  if (grid.block_steps == 0 || grid.group_steps == 0 || plan.part_steps < grid.block_steps) {
    return Broken(plan, "an empty block or part", 0);
  }
  if (Status status = CheckUnits(plan); !status.ok()) return status;
  BlockCursor at(grid);
  size_t k = 0, part_end = 0;
  for (; !at.done(); at.Next()) {
    if (!IsBlock(plan, at, k)) return Broken(plan, "no whole block of one group", at.begin);
    k += kernels::SpanOf(plan.prep_args, at).count;
    if (at.block % plan.unit_blocks == 0 && !SameBlock(kernels::CursorAt(grid, at.block), at)) {
      return Broken(plan, "a unit that starts in a block", at.begin);
    }
    if (at.begin < part_end) continue;
    const size_t end = PartEnd(plan, part_end);
    if (at.begin != part_end || !IsPart(plan, at, end)) {
      return Broken(plan, "a part that cuts a block", at.begin);
    }
    part_end = end;
  }
  if (part_end != grid.steps || at.block != grid.blocks || at.group != grid.groups ||
      k != plan.prep_args.k) {
    return Broken(plan, "blocks that are not all of K", at.begin);
  }
  return {};
}

}  // namespace lutgemm::plan
