// Weights for the tests of plans.
#ifndef LUTGEMM_TESTS_PLAN_KIT_H_
#define LUTGEMM_TESTS_PLAN_KIT_H_

#include "support/case.h"
#include "support/run.h"

#include <doctest/doctest.h>

namespace lutgemm::test {

inline constexpr WeightFormat kPlainFormats[] = {WeightFormat::kInt1, WeightFormat::kInt2,
                                                 WeightFormat::kInt3, WeightFormat::kInt4,
                                                 WeightFormat::kTernary};

// f32 scales; ternary weights have one per row whatever the group.
inline WeightInfo Info(WeightFormat format, size_t n, size_t k, uint32_t group) {
  WeightInfo info;
  info.format = format;
  info.n = n;
  info.k = k;
  info.group = format == WeightFormat::kTernary ? kWholeRow : group;
  info.scale = Elem::kF32;
  return info;
}

// Group and scale as the format has them by default.
inline WeightInfo InfoOf(WeightFormat format, size_t n, size_t k) {
  const QuantSpec spec = DefaultSpec(format);
  WeightInfo info;
  info.format = format;
  info.scale = spec.scale;
  info.group = spec.group;
  info.n = n;
  info.k = k;
  return info;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_PLAN_KIT_H_
