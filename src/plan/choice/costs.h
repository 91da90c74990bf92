// The fitted coefficients of every core, target and kernel: gen/costs.inc, which bench/costs makes.
#ifndef LUTGEMM_PLAN_CHOICE_COSTS_H_
#define LUTGEMM_PLAN_CHOICE_COSTS_H_

#include "plan/choice/cores.h"
#include "plan/choice/cost.h"

#include <span>
#include <string_view>

namespace lutgemm::plan {

// What is known of a target's kernels on a core.
class CostTable {
 public:
  // Of a target by the registry's name; of one that was never measured, AVX2's, whose lookups of 16
  // entries others have too.
  static const CostTable& Of(CoreId core, std::string_view target);

  // Null where the kernel was not measured: it comes after all that were.
  const Coefficients* Find(kernels::KernelId kernel, Mode mode) const {
    const uint16_t at = index_[static_cast<size_t>(kernel)][static_cast<size_t>(mode)];
    return at == 0 ? nullptr : &entries_[at - 1];
  }

 private:
  friend struct CostTables;
  const Coefficients* entries_ = nullptr;
  uint16_t index_[kernels::kKernelCount][2] = {};
};

// Names of the targets that there are coefficients for, best first.
std::span<const std::string_view> CostTargets();

// How fast a core reads what lies at a level.
float NanosecondsPerByte(CoreId core, Level level);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_CHOICE_COSTS_H_
