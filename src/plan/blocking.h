// How a plan cuts K: steps, groups that share a weight scale, and blocks that share an activation
// scale. It follows from weights, kernel and mode alone, whatever the number of tokens and threads.
#ifndef LUTGEMM_PLAN_BLOCKING_H_
#define LUTGEMM_PLAN_BLOCKING_H_

#include "base/bits.h"
#include "kernels/contract.h"
#include "plan/check_problem.h"
#include "plan/select.h"

#include <cstddef>

namespace lutgemm::plan {

// Longest run of k whose integer sums stay in 32 bits, whatever codes, zeros and activations:
// |R| <= 2 * 15 * 128 and |B S| <= (15 + 2 * 255) * 128 per k, together below 2^17 * 0.6.
inline constexpr size_t kMaxBlockK = 16320;  // whole slices and whole quints

// In mode fast int8 activations of groups of up to 64 share a scale over 256, as those of k-quants
// do.
inline constexpr size_t kLongestSpannedGroup = 64;
inline constexpr size_t kSpanK = 256;

struct Blocking {
  size_t k = 0;
  size_t group_k = 0;     // k of a full group
  size_t step_k = 0;      // k of a step
  size_t step_bytes = 0;  // of a step's packed activations, one token's
  kernels::BlockGrid grid;
  size_t scale_blocks = 1;      // consecutive blocks with one common scale; those of a span
  bool clips_outliers = false;  // int8 activations keep their outliers apart
  bool tables = false;          // packed activations are tables

  size_t block_k() const { return grid.block_steps * step_k; }
  // What is packed at a time: a block, or a span.
  size_t packed_k() const { return grid.border_steps() * step_k; }
  size_t blocks_per_group() const { return base::CeilDiv(grid.group_steps, grid.block_steps); }
};

Blocking MakeBlocking(const Request& request, const Choice& choice);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_BLOCKING_H_
