// Where a plan cuts K: into parts that are looked up one after the other, packing units, and
// segments of outlier lists. All of them are whole blocks.
#ifndef LUTGEMM_PLAN_CUTS_H_
#define LUTGEMM_PLAN_CUTS_H_

#include "plan/split.h"

#include <cstddef>

namespace lutgemm::plan {

// The last step at or before `step` where a block, or a span, starts, or K ends. Blocks start anew
// in every group, so that these are no multiples of a block's length.
inline size_t BorderBefore(const kernels::BlockGrid& grid, size_t step) {
  if (step >= grid.steps) return grid.steps;
  if (grid.span_groups != 0) return step - step % grid.border_steps();
  return step - step % grid.group_steps % grid.block_steps;
}

// One past the last step of the part of K that starts at `begin`, a border: at most part_steps
// further, which is a block's length at least.
inline size_t PartEnd(const kernels::BlockGrid& grid, size_t part_steps, size_t begin) {
  return BorderBefore(grid, begin + part_steps);
}

// How many parts there are.
size_t PartCount(const kernels::BlockGrid& grid, size_t part_steps);

// Proves that blocks are what the grid says, follow one another through all of K, and that every
// part, packing unit and segment starts and ends where a block does. Takes the same time
// whatever the length of K. Fails with kInternal.
Status CheckCuts(const Blocking& blocking, const Split& split);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_CUTS_H_
