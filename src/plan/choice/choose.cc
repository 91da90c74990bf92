#include "plan/choice/choose.h"

#include "base/cpu.h"
#include "layout/geometry.h"
#include "plan/check_problem.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::plan {
namespace {

using kernels::KernelSpec;

// Kernels of which nothing is known come last.
bool Before(const Priced& a, const Priced& b) {
  if (b.kernel == nullptr) return true;
  if (a.ns == 0.0 || b.ns == 0.0) return a.ns != 0.0 && b.ns == 0.0;
  return a.ns < b.ns;
}

// Prices kernels of one product: what does not depend on the kernel is found once. Whether weights
// that L3 can hold are still there depends on what else a program reads between two calls, which a
// plan cannot know: in a benchmark they are, in a model of many matrices they are not. So both
// count alike.
class Pricer {
 public:
  explicit Pricer(const ProductFacts& facts)
      : facts_(facts),
        table_(CostTable::Of(facts.machine.core, facts.machine.target)),
        level_(LevelOf(facts.cost)),
        near_(NanosecondsPerByte(facts.machine.core, level_)),
        far_(NanosecondsPerByte(facts.machine.core, Level::kDram)) {}

  double Ns(const KernelSpec& kernel) const {
    const Coefficients* cost = table_.Find(kernel.id, facts_.cost.mode);
    if (cost == nullptr) return 0.0;
    const Work work = WorkOf(kernel, facts_.cost);
    const auto from = [&](float byte, bool far) {
      return Nanoseconds(*cost, work, facts_.cost.zero, {byte, far});
    };
    if (level_ == Level::kL2) return facts_.share * from(near_, false);
    if (level_ == Level::kDram) return facts_.share * from(far_, true);
    return facts_.share * std::sqrt(from(near_, false) * from(far_, true));
  }

 private:
  const ProductFacts& facts_;
  const CostTable& table_;
  Level level_;
  float near_, far_;
};

}  // namespace

KernelSet KernelsOf(const kernels::TargetKernels& target) {
  KernelSet set;
  for (const KernelSpec& kernel : kernels::Kernels()) {
    set[static_cast<size_t>(kernel.id)] = target.Has(kernel);
  }
  return set;
}

Machine MachineOf(const kernels::TargetKernels& target) {
  const base::Caches& caches = base::CacheSizes();
  return {ThisCore(),      target.name,     KernelsOf(target),
          caches.l2_bytes, caches.l3_bytes, target.traits.table_entries >= 64};
}

Machine PinnedMachine(CoreId core, std::string_view target) {
  constexpr size_t kMib = size_t{1} << 20;
  const bool xeon = core == CoreId::kXeon;
  Machine machine{
      core, target, {}, (xeon ? 2 : 1) * kMib, (xeon ? 256 : 32) * kMib, target == "AVX3_DL"};
  const CostTable& table = CostTable::Of(core, target);
  for (const KernelSpec& kernel : kernels::Kernels()) {
    const bool fast = table.Find(kernel.id, Mode::kFast) != nullptr;
    machine.kernels[static_cast<size_t>(kernel.id)] =
        fast || table.Find(kernel.id, Mode::kExact) != nullptr;
  }
  return machine;
}

ProductFacts FactsOf(const StoredWeights& weights, const Problem& problem, const Machine& machine) {
  const WeightInfo& info = weights.info;
  ProductFacts facts{machine, {}, {}, double(info.n) / double(kChoiceOutputs)};
  facts.candidate = {weights.layout,
                     info.format,
                     problem.mode,
                     info.zero,
                     weights.small_zeros,
                     info.super_group != 0,
                     problem.out == Elem::kI32,
                     problem.m};
  CostFacts& cost = facts.cost;
  cost.mode = problem.mode, cost.zero = info.zero;
  cost.m = problem.m, cost.n = kChoiceOutputs, cost.k = info.k;
  cost.group = layout::MakeKSpace(info).group;
  cost.block = problem.act_bfp != 0 ? ActBfpBlock(problem) : problem.block;
  WeightInfo counted = info;
  counted.n = kChoiceOutputs;
  const auto geometry = layout::MakeGeometry(counted, weights.layout);
  cost.weight_bytes = geometry ? geometry->total_bytes : 0;
  cost.l2_bytes = machine.l2_bytes, cost.l3_bytes = machine.l3_bytes;
  cost.parts = machine.parts;
  return facts;
}

size_t AheadOf(const Machine& machine, kernels::KernelId kernel, Mode mode) {
  const Coefficients* cost = CostTable::Of(machine.core, machine.target).Find(kernel, mode);
  return cost == nullptr ? kernels::kUsualAhead : cost->ahead;
}

Chosen ChooseKernel(const ProductFacts& facts, const KernelSpec* wished, Reason reason) {
  const Pricer pricer(facts);
  Chosen chosen;
  Priced wish;
  for (const KernelSpec& kernel : kernels::Kernels()) {
    if (!Serves(kernel, facts.candidate) ||
        !facts.machine.kernels[static_cast<size_t>(kernel.id)]) {
      continue;
    }
    const Priced priced{&kernel, pricer.Ns(kernel)};
    if (&kernel == wished) {
      wish = priced;
    } else if (Before(priced, chosen.best)) {
      chosen.runner_up = chosen.best;
      chosen.best = priced;
    } else if (Before(priced, chosen.runner_up)) {
      chosen.runner_up = priced;
    }
  }
  if (wish.kernel != nullptr) return {wish, chosen.best, reason};
  if (chosen.runner_up.kernel == nullptr) chosen.reason = Reason::kOnly;
  return chosen;
}

}  // namespace lutgemm::plan
