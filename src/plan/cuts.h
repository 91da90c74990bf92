// Where a plan cuts K: into parts that are looked up in turn, units of preparation, and segments of
// outlier lists. All of them are whole blocks.
#ifndef LUTGEMM_PLAN_CUTS_H_
#define LUTGEMM_PLAN_CUTS_H_

#include "kernels/contract.h"

#include <lutgemm/status.hpp>

#include <cstddef>

namespace lutgemm {
class PlanImpl;
}

namespace lutgemm::plan {

// The last step at or before `step` where a block starts, or K ends. Blocks start anew in every
// group, so that these are no multiples of a block's length.
size_t BorderBefore(const kernels::BlockGrid& grid, size_t step);

// One past the last step of the part of K that starts at `begin`, a border: at most
// plan.part_steps further, which is a block's length at least.
size_t PartEnd(const PlanImpl& plan, size_t begin);

// How many parts there are.
size_t PartCount(const PlanImpl& plan);

// Walks K block by block and fails with kInternal unless blocks are what the grid says, follow one
// another through all of K, and every part, unit of preparation and segment starts and ends where
// a block does.
Status CheckCuts(const PlanImpl& plan);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_CUTS_H_
