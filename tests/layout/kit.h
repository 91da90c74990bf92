// Weights of every kind for the tests of layouts.
#ifndef LUTGEMM_TESTS_LAYOUT_KIT_H_
#define LUTGEMM_TESTS_LAYOUT_KIT_H_

#include "format/traits.h"
#include "layout/layout.h"
#include "support/case.h"
#include "support/gen/formats.h"
#include "support/run.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

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

// Info with super-groups.
inline WeightInfo SuperInfo(WeightFormat format, uint32_t group, uint32_t super_group,
                            ZeroKind zero, Elem scale, Elem factor) {
  WeightInfo info = Info(format, 70, 150, group, zero, scale);
  info.super_group = super_group;
  info.factor = factor;
  return info;
}

// The same for super-groups: of one group, of several that do not divide K, and longer than K.
template <class F>
void ForEachSuperPacking(F f) {
  constexpr std::pair<uint32_t, uint32_t> kLengths[] = {{32, 32}, {16, 64}, {48, 96}, {16, 256}};
  constexpr Elem kScales[] = {Elem::kU8, Elem::kI8};
  constexpr Elem kFactors[] = {Elem::kF32, Elem::kF16, Elem::kBF16};
  size_t turn = 0;
  for (const WeightFormat format : kAllFormats) {
    for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kFloat}) {
      for (const auto& [group, super_group] : kLengths) {
        for (const LayoutId layout : {LayoutId::kPlanes, LayoutId::kCodes}) {
          const WeightInfo info =
              SuperInfo(format, group, super_group, zero, kScales[turn % 2], kFactors[turn % 3]);
          if (PackedBytes(info, layout) == 0) continue;
          f(info, layout);
          ++turn;
        }
      }
    }
  }
}

// Calls f(info, layout) for every combination of format, zero kind, group kind and layout.
template <class F>
void ForEachPacking(F f) {
  ForEachSuperPacking(f);
  for (const WeightFormat format : kAllFormats) {
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
