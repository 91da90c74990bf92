// What MakePlan proves about a problem before it decides anything.
#ifndef LUTGEMM_PLAN_CHECK_PROBLEM_H_
#define LUTGEMM_PLAN_CHECK_PROBLEM_H_

#include "layout/layout.h"

#include <lutgemm/plan.hpp>

namespace lutgemm::plan {

// A problem that was proved sound, with what its defaults stand for.
struct Request {
  PackedWeights weights;
  // Strides and threads are given. Names of target and kernel are left out: their text may not
  // outlive the call that brought them.
  Problem problem;
  layout::Geometry geometry;
  size_t l2_bytes = 0;  // of a core's cache
  // The outputs asked for.
  size_t first_strip = 0;
  size_t strips = 0;
  size_t outputs = 0;
};

// Every field by itself and against the weights' description.
Result<Request> CheckProblem(const PackedWeights& weights, const Problem& problem);

// Activations to a block of a problem with act_bfp.
size_t ActBfpBlock(const Problem& problem);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_CHECK_PROBLEM_H_
