// Profiles for tests: of int2 weights in groups of 64, by kernels that the default would not take.
#ifndef LUTGEMM_TESTS_PLAN_PROFILE_KIT_H_
#define LUTGEMM_TESTS_PLAN_PROFILE_KIT_H_

#include "plan/profile.h"
#include "support/case.h"
#include "support/run.h"

#include <algorithm>

namespace lutgemm::test {

using plan::Profile;
using plan::ProfileEntry;
using plan::ProfileKey;

inline WeightInfo Int2Weights(size_t n = 40) {
  WeightInfo info;
  info.format = WeightFormat::kInt2;
  info.n = n;
  info.k = 256;
  info.group = 64;
  return info;
}

inline PackedWeights Int2Packed() {
  test::Random random(5);
  return test::MustPack(test::RandomMatrix(Int2Weights(), random));
}

inline ProfileKey Int2Key() {
  return plan::KeyOf(*kernels::SupportedTargets().front(), Int2Weights(), LayoutId::kPlanes,
                     Mode::kFast);
}

inline const kernels::KernelSpec* Kernel(std::string_view name) {
  return kernels::FindKernel(name);
}

// Weights as Q4_K has them.
inline ProfileKey Int4Key(uint32_t super_group) {
  WeightInfo info;
  info.format = WeightFormat::kInt4;
  info.zero = ZeroKind::kFloat;
  info.group = 32, info.super_group = super_group;
  info.scale = super_group == 0 ? Elem::kF16 : Elem::kU8;
  info.k = 512;
  return plan::KeyOf(*kernels::SupportedTargets().front(), info, LayoutId::kCodes, Mode::kFast);
}

// Choices that the default would not make at both ends.
inline Profile Sample() {
  Profile profile;
  profile.Set({Int2Key(), 1, 2, Kernel("dot_gemm_planes_b2")});
  profile.Set({Int2Key(), 8, 1, Kernel("lut4_gemv_fast_b2")});
  ProfileKey exact = Int2Key();
  exact.mode = Mode::kExact;
  exact.group = kWholeTensor;
  exact.zero = ZeroKind::kInteger;
  profile.Set({exact, 512, 1, Kernel("lut4_gemv_exact_b2")});
  return profile;
}

inline bool SameEntries(const Profile& a, const Profile& b) {
  return std::ranges::equal(
      a.entries(), b.entries(), [](const ProfileEntry& x, const ProfileEntry& y) {
        return x.key == y.key && x.m == y.m && x.threads == y.threads && x.kernel == y.kernel;
      });
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_PLAN_PROFILE_KIT_H_
