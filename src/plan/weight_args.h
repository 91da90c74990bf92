// What a kernel reads of packed weights: where codes, scales and zeros lie, and how sums become
// products of values.
#ifndef LUTGEMM_PLAN_WEIGHT_ARGS_H_
#define LUTGEMM_PLAN_WEIGHT_ARGS_H_

#include "plan/plan_impl.h"

namespace lutgemm::plan {

// Fills weight_args of a plan that has its weights, geometry and kernel.
void SetWeightArgs(PlanImpl& plan);
// What StoreArgs multiplies sums by: the unit of the codebook or of BFP, and second-level scales.
void SetFactors(PlanImpl& plan);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_WEIGHT_ARGS_H_
