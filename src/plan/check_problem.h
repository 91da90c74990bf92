// What MakePlan proves about a problem before it decides anything.
#ifndef LUTGEMM_PLAN_CHECK_PROBLEM_H_
#define LUTGEMM_PLAN_CHECK_PROBLEM_H_

#include "layout/layout.h"

#include <lutgemm/plan.hpp>

namespace lutgemm::plan {

// Every field by itself and against the weights' description.
Status CheckProblem(const PackedWeights& weights, const Problem& problem);

// Activations to a block of a problem with act_bfp.
size_t ActBfpBlock(const Problem& problem);

// Threads of a problem; where it says 0, the cores that this process may use.
size_t ThreadsOf(const Problem& problem);

// Whether an i32 output is asked for where it can be given: never a sum that overflows.
Status CheckIntegerOut(const PackedWeights& weights, const layout::Geometry& geometry,
                       const Problem& problem);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_CHECK_PROBLEM_H_
