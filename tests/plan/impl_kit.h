// Plans whose values a test replaces.
#ifndef LUTGEMM_TESTS_PLAN_IMPL_KIT_H_
#define LUTGEMM_TESTS_PLAN_IMPL_KIT_H_

#include "plan/plan_impl.h"

namespace lutgemm::test {

// The same plan with the functions of another target.
inline PlanImpl OnTarget(const PlanImpl& plan, const kernels::TargetKernels& target) {
  plan::Choice choice = plan.choice;
  choice.target = &target;
  return {plan.request, choice,      plan.weights,  plan.blocking,
          plan.split,   plan.memory, plan.table_key};
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_PLAN_IMPL_KIT_H_
