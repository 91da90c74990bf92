// A walk over blocks, as kernels do it, finds what a few lengths say: all full groups are alike,
// and the last one is checked by itself. tests/plan/cuts_test.cc walks and compares.
#include "plan/cuts.h"

#include "base/bits.h"
#include "base/text.h"

#include <algorithm>

namespace lutgemm::plan {
namespace {

using base::CeilDiv;

// Whether `steps` steps of a group hold its `length` activations in blocks of which only the last
// one is not full, and has at least one activation.
bool HoldsGroup(const Blocking& blocking, size_t steps, size_t length) {
  const size_t block = blocking.grid.block_steps;
  const size_t full = (CeilDiv(steps, block) - 1) * block;
  return full * blocking.step_k < length && length <= steps * blocking.step_k;
}

// What is wrong with groups and blocks, or null. Cursors place group g at step g * group_steps, and
// its blocks every block_steps from there; so blocks follow one another if groups do.
const char* BadBlocks(const Blocking& blocking) {
  const kernels::BlockGrid& grid = blocking.grid;
  if (grid.block_steps == 0 || grid.group_steps == 0 || grid.steps == 0 || blocking.group_k == 0) {
    return "an empty block or group";
  }
  const size_t before = grid.groups - 1;  // groups before the last
  if (grid.groups != CeilDiv(grid.steps, grid.group_steps) ||
      grid.groups != CeilDiv(blocking.k, blocking.group_k)) {
    return "groups that are not all of K";
  }
  const size_t last = grid.steps - before * grid.group_steps;
  if (before > 0 && !HoldsGroup(blocking, grid.group_steps, blocking.group_k)) {
    return "no whole block of one group";
  }
  if (!HoldsGroup(blocking, last, blocking.k - before * blocking.group_k)) {
    return "no whole block of the last group";
  }
  if (grid.blocks != before * blocking.blocks_per_group() + CeilDiv(last, grid.block_steps)) {
    return "blocks that are not all of K";
  }
  return nullptr;
}

// Packing units and segments of lists by the numbers of their blocks.
const char* BadUnits(const Blocking& blocking, const Split& split) {
  const size_t blocks = blocking.grid.blocks;
  const size_t shared = blocking.scale_blocks, unit = split.unit_blocks;
  const size_t segment = split.segment_blocks;
  const size_t span = blocking.grid.span_groups;
  if (span != 0 && (shared != span || blocking.blocks_per_group() != 1)) {
    return "a span that is not whole groups of one block";
  }
  if (span == 0 && shared != 1 && shared != blocking.blocks_per_group()) {
    return "a scale of part of a group";
  }
  if (unit == 0 || segment == 0) return "an empty unit or list";
  if (unit < blocks && (unit % shared != 0 || unit % segment != 0)) {
    return "a unit of preparation that cuts what shares a scale or a list";
  }
  if (split.segments * segment < blocks || split.units_per_token * unit < blocks) {
    return "blocks without a list or a unit";
  }
  return nullptr;
}

}  // namespace

size_t PartCount(const kernels::BlockGrid& grid, size_t part_steps) {
  size_t count = 0;
  for (size_t step = 0; step < grid.steps; step = PartEnd(grid, part_steps, step)) ++count;
  return count;
}

Status CheckCuts(const Blocking& blocking, const Split& split) {
  const kernels::BlockGrid& grid = blocking.grid;
  const char* what = BadBlocks(blocking);
  if (what == nullptr) what = BadUnits(blocking, split);
  // A part ends at a border. One of at least a block's length has a border within it, the end of
  // its first block.
  if (what == nullptr && split.part_steps < std::min(grid.border_steps(), grid.steps)) {
    what = "a part shorter than a block or a span";
  }
  if (what == nullptr) return {};
  return {Code::kInternal,
          base::Cat("a plan would cut K wrongly: ", what, " (k ", blocking.k, " in groups of ",
                    blocking.group_k, "; ", grid.steps, " steps of ", blocking.step_k,
                    ", groups of ", grid.group_steps, " steps, blocks of ", grid.block_steps,
                    ", parts of ", split.part_steps, ")")};
}

}  // namespace lutgemm::plan
