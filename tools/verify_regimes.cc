#include "tools/verify_regimes.h"

#include "plan/plan_impl.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace lutgemm::tools {
namespace {

// No tile of tokens is longer (plan/make_plan.cc has 264): a call of more has two.
constexpr size_t kMostTokens = 288;

// What kernels ask of the tokens of one call: how many of their limits it keeps. PORTABLE has none.
unsigned LimitsKept(const PlanImpl& plan, size_t tokens) {
  if (plan.target->target_class == kernels::TargetClass::kPortable) return 0;
  const size_t limits[] = {1,
                           plan.few.lookups,
                           plan.few.transposed,
                           plan.few.codes,
                           kernels::kFewTokens,
                           kernels::kMostFewTokens};
  unsigned kept = 0;
  for (size_t i = 0; i < std::size(limits); ++i) kept |= unsigned{tokens <= limits[i]} << i;
  return kept;
}

// Row, limits of the first and the last tile, one tile or more, parts of K, panels that grow.
using Regime = std::tuple<kernels::RowId, unsigned, unsigned, bool, size_t, size_t>;

Regime RegimeOf(const PlanImpl& plan) {
  const size_t last = plan.problem.m - (plan.tiles - 1) * plan.tile_tokens;
  return {plan.row->id,           LimitsKept(plan, plan.tile_tokens),
          LimitsKept(plan, last), plan.tiles > 1,
          plan.part_steps,        plan.panel_bytes};
}

}  // namespace

size_t BlockOf(const Plan& plan) {
  const PlanImpl& impl = PlanImpl::Of(plan);
  const kernels::PrepArgs& prep = impl.prep_args;
  const size_t whole = impl.geometry.ks.group;
  if (prep.scale_blocks > 1) return whole;
  return std::min(whole, prep.grid.block_steps * prep.step_k);
}

Result<std::vector<size_t>> TokenRegimes(const PackedWeights& weights, Problem problem) {
  std::vector<size_t> tokens;
  std::set<Regime> seen;
  for (problem.m = 1; problem.m <= kMostTokens; ++problem.m) {
    const Result<Plan> plan = MakePlan(weights, problem);
    if (!plan.ok()) return plan.status();
    if (seen.insert(RegimeOf(PlanImpl::Of(*plan))).second) tokens.push_back(problem.m);
  }
  return tokens;
}

}  // namespace lutgemm::tools
