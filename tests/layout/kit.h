// Weights of every kind for the tests of layouts.
#ifndef LUTGEMM_TESTS_LAYOUT_KIT_H_
#define LUTGEMM_TESTS_LAYOUT_KIT_H_

#include "format/traits.h"
#include "layout/layout.h"
#include "support/case.h"
#include "support/run.h"

#include <doctest/doctest.h>

#include <string>

namespace lutgemm::test {

inline WeightInfo Info(WeightFormat format, size_t n, size_t k, uint32_t group, ZeroKind zero,
                       Elem scale = Elem::kF16) {
  WeightInfo info;
  info.format = format;
  info.n = n;
  info.k = k;
  info.group = group;
  info.zero = zero;
  info.scale = scale;
  return info;
}

// Calls f(info, layout) for every combination of format, zero kind, group kind and layout.
template <class F>
void ForEachPacking(F f) {
  for (unsigned number = 1; number <= static_cast<unsigned>(WeightFormat::kBfp8); ++number) {
    const auto format = static_cast<WeightFormat>(number);
    for (ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
      if (zero != ZeroKind::kNone && !format::HasZeros(format)) continue;
      for (uint32_t group : {4u, 16u, 20u, 32u, 128u, kWholeRow, kWholeTensor}) {
        for (LayoutId layout : {LayoutId::kPlanes, LayoutId::kTrits, LayoutId::kCodes}) {
          const Elem scale = DefaultSpec(format).scale;
          const WeightInfo info = Info(format, 70, 150, group, zero, scale);
          if (PackedBytes(info, layout) != 0) f(info, layout);
        }
      }
    }
  }
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_LAYOUT_KIT_H_
