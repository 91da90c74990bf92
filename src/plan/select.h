// Which target and which row: the whole policy, as a function of plain facts.
#ifndef LUTGEMM_PLAN_SELECT_H_
#define LUTGEMM_PLAN_SELECT_H_

#include "kernels/registry.h"
#include "plan/profile.h"

#include <lutgemm/plan.hpp>

#include <string>

namespace lutgemm::plan {

struct Choice {
  const kernels::TargetKernels* target = nullptr;
  const kernels::RowSpec* row = nullptr;
  std::string why;
};

// The row that MakePlan takes by default: a pure function of these facts, pinned by a test.
struct ChoiceFacts {
  LayoutId layout = LayoutId::kPlanes;
  WeightFormat format = WeightFormat::kInt4;
  Mode mode = Mode::kFast;
  size_t m = 1;
  kernels::TargetClass target = kernels::TargetClass::kNarrow;
  ZeroKind zero = ZeroKind::kNone;
  bool lookups_beside_products = false;  // as base/cpu.h has it
  size_t group = 128;                    // weights along K that share a scale
  size_t n = 4096;                       // outputs
};
// "planes", "fives", "trits", "triples", "dot" or "book", and why.
struct FamilyChoice {
  std::string_view family;
  std::string_view why;
};
FamilyChoice ChooseFamily(const ChoiceFacts& facts);

// Up to how many tokens a row does without panels, likewise.
kernels::FewLimits LimitsOf(const kernels::RowSpec& row, Mode mode, bool lookups_beside_products);

// A forced row, or what the profile measured, or the default choice.
Result<Choice> Choose(const WeightInfo& info, LayoutId layout, const Problem& problem,
                      const Profile& profile);

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_SELECT_H_
