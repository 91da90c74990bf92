// MakePlan: proves the problem, then decides kernel, blocks, work split and memory, one after the
// other.
#include "plan/active_profile.h"
#include "plan/cuts.h"
#include "plan/plan_impl.h"

#include <memory>
#include <utility>

namespace lutgemm {
namespace plan {
namespace {

// Everything that determines the bytes of tables, and nothing else.
uint64_t TableKey(const Request& request, const Choice& choice, const WeightView& weights,
                  const Blocking& blocking) {
  const Problem& problem = request.problem;
  const uint64_t facts[] = {static_cast<uint64_t>(choice.kernel->packing),
                            problem.m,
                            blocking.k,
                            blocking.group_k,
                            blocking.grid.block_steps,
                            blocking.scale_blocks,
                            blocking.grid.span_groups,
                            weights.fold().half != 0,
                            weights.needs_sums(),
                            problem.act == Elem::kI8,
                            problem.act_bfp,
                            blocking.clips_outliers};
  uint64_t key = 0x9e3779b97f4a7c15u;
  const auto mix = [&key](uint64_t fact) {
    key = (key ^ fact) * 0xff51afd7ed558ccdu;
    key ^= key >> 32;
  };
  for (uint64_t fact : facts) mix(fact);
  for (uint32_t channel : problem.act_order.from) mix(channel);
  return key;
}

}  // namespace
}  // namespace plan

Result<std::unique_ptr<const PlanImpl>> PlanImpl::Make(const PackedWeights& weights,
                                                       const Problem& problem, size_t ahead) {
  Result<plan::Request> checked = plan::CheckProblem(weights, problem);
  if (!checked.ok()) return checked.status();
  auto chosen = plan::Choose(weights, problem, plan::TheActiveProfile().profile);
  if (!chosen.ok()) return chosen.status();
  if (ahead != 0) chosen->ahead = ahead;
  plan::Request& request = *checked;
  const plan::Choice& choice = *chosen;
  const plan::WeightView view(weights, request.geometry, choice.kernel->method);
  const plan::Blocking blocking = plan::MakeBlocking(request, choice);
  const plan::Split split = plan::MakeSplit(request, choice, blocking, problem.m);
  if (Status status = plan::CheckCuts(blocking, split); !status.ok()) return status;
  const plan::Memory memory = plan::MakeMemory(request, blocking, split);
  const uint64_t key = plan::TableKey(request, choice, view, blocking);
  return std::unique_ptr<const PlanImpl>(
      new PlanImpl{std::move(request), choice, view, blocking, split, memory, key});
}

}  // namespace lutgemm
