// Which kernels can run a product: by what their rows declare, and nothing else.
#ifndef LUTGEMM_PLAN_CHOICE_CANDIDATES_H_
#define LUTGEMM_PLAN_CHOICE_CANDIDATES_H_

#include "kernels/registry.h"

namespace lutgemm::plan {

// What limits may depend on.
struct CandidateFacts {
  LayoutId layout = LayoutId::kPlanes;
  WeightFormat format = WeightFormat::kInt4;
  Mode mode = Mode::kFast;
  ZeroKind zero = ZeroKind::kNone;
  bool small_zeros = false;  // integer zeros that bytes of codes take in
  bool super_groups = false;
  bool integer_out = false;
  size_t m = 1;
};

// Whether the kernel's row takes such weights, zeros, mode, outputs and number of tokens.
bool Serves(const kernels::KernelSpec& kernel, const CandidateFacts& facts);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_CHOICE_CANDIDATES_H_
