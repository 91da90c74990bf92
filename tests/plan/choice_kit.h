// Products and machines for the tests of the choice by cost.
#ifndef LUTGEMM_TESTS_PLAN_CHOICE_KIT_H_
#define LUTGEMM_TESTS_PLAN_CHOICE_KIT_H_

#include "plan/choice/choose.h"

#include <doctest/doctest.h>

#include <string_view>

namespace lutgemm::test {

// Group and scale as the format has them by default.
inline WeightInfo FormatInfo(WeightFormat format, size_t n, size_t k) {
  const QuantSpec spec = DefaultSpec(format);
  WeightInfo info;
  info.format = format, info.scale = spec.scale, info.group = spec.group;
  info.n = n, info.k = k;
  return info;
}

inline plan::ProductFacts FactsOf(const WeightInfo& info, LayoutId layout, const Problem& problem,
                                  const plan::Machine& machine) {
  const plan::StoredWeights stored{info, layout};
  return plan::FactsOf(stored, problem, machine);
}

// The kernel's name, or "none".
inline std::string_view Take(const WeightInfo& info, LayoutId layout, const Problem& problem,
                             const plan::Machine& machine) {
  const auto chosen = ChooseKernel(FactsOf(info, layout, problem, machine));
  return chosen.best.kernel == nullptr ? "none" : chosen.best.kernel->name;
}

inline const kernels::KernelSpec& Kernel(std::string_view name) {
  const kernels::KernelSpec* kernel = kernels::FindKernel(name);
  REQUIRE(kernel != nullptr);
  return *kernel;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_PLAN_CHOICE_KIT_H_
