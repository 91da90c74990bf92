// How kernels see K: steps, groups that share a weight scale, blocks that share an activation
// scale.
#ifndef LUTGEMM_KERNELS_BLOCKS_H_
#define LUTGEMM_KERNELS_BLOCKS_H_

#include "base/bits.h"

#include <cstddef>

namespace lutgemm::kernels {

// K cut into steps (slices of 16, quints of 5, twice 5 of method lut5), steps into groups that
// share a weight scale, and groups into blocks that share an activation scale and whose integer
// sums cannot overflow.
struct BlockGrid {
  size_t steps = 0;
  size_t group_steps = 0;
  size_t groups = 0;
  size_t block_steps = 0;  // blocks start anew in every group, whose last one may be shorter
  size_t blocks = 0;
  // Groups that make a span: their activations share one scale, which meets the sum of all of them
  // once. 0: there are no spans. Where there are, every group is one block.
  size_t span_groups = 0;

  // Steps from one border to the next: K may be cut where a block starts, but spans stay whole.
  size_t border_steps() const { return span_groups != 0 ? span_groups * group_steps : block_steps; }
};

// Walks the blocks of a grid in order.
struct BlockCursor {
  size_t group = 0, block = 0, begin = 0, end = 0;
  size_t in_span = 0;  // groups of the span before this one; counted where there are spans

  explicit BlockCursor(const BlockGrid& grid) : grid_(grid) { EnterGroup(); }
  bool done() const { return begin >= grid_.steps; }
  bool starts_span() const { return in_span == 0; }
  bool ends_span() const { return in_span + 1 == grid_.span_groups || end >= grid_.steps; }
  void Next() {
    begin = end;
    ++block;
    if (begin < group_end_) return Close();
    ++group;
    if (++in_span == grid_.span_groups) in_span = 0;
    EnterGroup();
  }
  // To the block that starts at `step`.
  void MoveToStep(size_t step) {
    const size_t per_group = base::CeilDiv(grid_.group_steps, grid_.block_steps);
    const size_t to_group = step / grid_.group_steps;
    const size_t in_group = step % grid_.group_steps / grid_.block_steps;
    MoveTo(to_group, in_group, to_group * per_group + in_group);
  }
  // To the block that is number `in_group` of `group` and number `index` of all.
  void MoveTo(size_t to_group, size_t in_group, size_t index) {
    group = to_group;
    in_span = grid_.span_groups != 0 ? group % grid_.span_groups : 0;
    block = index;
    begin = group * grid_.group_steps + in_group * grid_.block_steps;
    EnterGroup();
  }

 private:
  void EnterGroup() {
    group_end_ = (group + 1) * grid_.group_steps;
    if (group_end_ > grid_.steps) group_end_ = grid_.steps;
    Close();
  }
  void Close() {
    end = begin + grid_.block_steps;
    if (end > group_end_) end = group_end_;
  }
  const BlockGrid& grid_;
  size_t group_end_ = 0;
};

// The part of K that a call does, in steps, and how many steps a panel is expanded at a time.
struct KRange {
  size_t begin = 0;
  size_t end = 0;
  size_t chunk = 0;  // of kernels with a panel
};

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_BLOCKS_H_
