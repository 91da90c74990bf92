#include "tools/command/verify/regimes.h"

#include "plan/plan_impl.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace lutgemm::tools {
namespace {

// No tile of tokens is longer (plan/split.h): a call of more has two.
constexpr size_t kMostTokens = 288;

// Kernel, one tile or more, parts of K, panels that grow, and their chunks.
using Shape = std::tuple<kernels::KernelId, bool, size_t, size_t, size_t>;

Shape ShapeOf(const PlanImpl& plan) {
  const plan::Split& split = plan.split;
  return {plan.choice.kernel->id, split.tiles > 1, split.part_steps, split.panel_bytes,
          split.k_chunk};
}

}  // namespace

Result<std::vector<size_t>> TokenRegimes(const PackedWeights& weights, Problem problem) {
  std::vector<size_t> tokens;
  std::set<Shape> seen;
  for (problem.m = 1; problem.m <= kMostTokens; ++problem.m) {
    const Result<Plan> plan = MakePlan(weights, problem);
    if (!plan.ok()) return plan.status();
    if (seen.insert(ShapeOf(PlanImpl::Of(*plan))).second) tokens.push_back(problem.m);
  }
  return tokens;
}

}  // namespace lutgemm::tools
