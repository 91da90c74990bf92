// Which target and which kernel: the whole policy, as a function of plain facts.
#ifndef LUTGEMM_PLAN_SELECT_H_
#define LUTGEMM_PLAN_SELECT_H_

#include "kernels/registry.h"
#include "plan/profile.h"

#include <lutgemm/plan.hpp>

#include <string>

namespace lutgemm::plan {

struct Choice {
  const kernels::TargetKernels* target = nullptr;
  const kernels::KernelSpec* kernel = nullptr;
  std::string_view why;       // a literal; empty where a profile's measurement chose
  size_t m = 0, threads = 0;  // of that measurement
};
// Why the kernel was chosen, in words.
std::string WhyOf(const Choice& choice);

// The kernel that MakePlan takes by default: a pure function of these facts, pinned by a test.
struct ChoiceFacts {
  LayoutId layout = LayoutId::kPlanes;
  WeightFormat format = WeightFormat::kInt4;
  Mode mode = Mode::kFast;
  size_t m = 1;
  size_t table_entries = 16;  // TargetTraits
  ZeroKind zero = ZeroKind::kNone;
  bool lookups_beside_products = false;  // as base/cpu.h has it
  size_t group = 128;                    // weights along K that share a scale
  size_t n = 4096;                       // outputs
};
struct MethodChoice {
  Method method;
  std::string_view why;
};
MethodChoice ChooseMethod(const ChoiceFacts& facts);

// Up to how many tokens regime small_m is faster than gemm, likewise.
size_t MostSmallM(const ChoiceFacts& facts, Method method);

// Whether a kernel can do a problem with such weights: its declared limits.
bool Serves(const kernels::KernelSpec& kernel, const PackedWeights& weights,
            const Problem& problem);

// A forced kernel, or what the profile measured, or the default choice.
Result<Choice> Choose(const PackedWeights& weights, const Problem& problem, const Profile& profile);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_SELECT_H_
