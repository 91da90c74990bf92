// Which target and which kernel: what the caller forces, what a profile measured, or what is
// predicted to be fastest.
#ifndef LUTGEMM_PLAN_SELECT_H_
#define LUTGEMM_PLAN_SELECT_H_

#include "plan/choice/choose.h"
#include "plan/profile.h"

#include <lutgemm/plan.hpp>

#include <string>

namespace lutgemm::plan {

struct Choice {
  const kernels::TargetKernels* target = nullptr;
  const kernels::KernelSpec* kernel = nullptr;
  Reason reason = Reason::kCost;
  double ns = 0.0;                        // predicted; 0 where nothing is known of the kernel
  Priced runner_up;                       // a null kernel: no other can run the product
  size_t entry_m = 0, entry_threads = 0;  // kMeasured: of the profile's measurement
  size_t ahead = kernels::kUsualAhead;    // KernelArgs::ahead
};
// Why the kernel was chosen, in words.
std::string WhyOf(const Choice& choice);

// Equal problems on equal machines, profiles and builds get equal choices. The number of tokens
// counts as ChoiceTokens has it.
Result<Choice> Choose(const PackedWeights& weights, const Problem& problem, const Profile& profile);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_SELECT_H_
