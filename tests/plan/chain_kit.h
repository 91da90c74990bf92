// Requests and choices made by hand: values of a plan's chain are tested without weights, on a
// machine whose cache is always the same.
#ifndef LUTGEMM_TESTS_PLAN_CHAIN_KIT_H_
#define LUTGEMM_TESTS_PLAN_CHAIN_KIT_H_

#include "kit.h"
#include "layout/geometry.h"
#include "plan/memory.h"

#include <string_view>

namespace lutgemm::test {

// A target with kernels of 64-entry lookups that take up to four strips at once, none of which can
// be called.
inline const kernels::TargetKernels& PaperTarget() {
  static const kernels::TargetKernels target = [] {
    kernels::TargetKernels made;
    made.name = "PAPER";
    made.traits.table_entries = 64;
    made.strips_at_once.fill(4);
    return made;
  }();
  return target;
}

inline plan::Request RequestOf(const WeightInfo& info, LayoutId layout, const Problem& problem) {
  const auto geometry = layout::MakeGeometry(info, layout);
  REQUIRE(geometry.has_value());
  plan::Request request;
  request.problem = problem;
  request.geometry = *geometry;
  request.l2_bytes = size_t{1} << 20;
  request.strips = geometry->strips;
  request.outputs = info.n;
  return request;
}

inline plan::Choice ChoiceOf(std::string_view kernel) {
  plan::Choice choice;
  choice.target = &PaperTarget();
  choice.kernel = kernels::FindKernel(kernel);
  REQUIRE(choice.kernel != nullptr);
  return choice;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_PLAN_CHAIN_KIT_H_
