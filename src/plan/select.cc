#include "plan/select.h"

#include "base/names.h"
#include "base/text.h"
#include "plan/choice_tokens.h"

#include <algorithm>
#include <array>

namespace lutgemm::plan {
namespace {

using base::Cat;
using kernels::KernelSpec;
using kernels::TargetKernels;

Result<const TargetKernels*> ChooseTarget(std::string_view forced) {
  const auto targets = kernels::SupportedTargets();
  if (forced.empty()) return targets.front();
  std::string names;
  for (const TargetKernels* target : targets) {
    if (target->name == forced) return target;
    names += (names.empty() ? "" : ", ") + std::string(target->name);
  }
  const bool compiled = kernels::IsCompiledTarget(forced);
  return Status(compiled ? Code::kUnsupportedCpu : Code::kBadArgument,
                Cat(compiled ? "this CPU cannot run target " : "this build has no target ",
                    base::Quote(forced), "; it can run: ", names));
}

// This machine with each of its targets, made once.
const Machine& MachineWith(const TargetKernels& target) {
  constexpr size_t kMost = 16;
  static const auto machines = [] {
    std::array<Machine, kMost> all;
    const auto targets = kernels::SupportedTargets();
    for (size_t i = 0; i < targets.size() && i < kMost; ++i) all[i] = MachineOf(*targets[i]);
    return all;
  }();
  const auto at = std::ranges::find(machines, target.name, &Machine::target);
  return at != machines.end() ? *at : machines.front();
}

ProductFacts FactsOf(const PackedWeights& weights, const Problem& problem,
                     const TargetKernels& target) {
  const StoredWeights stored{
      weights.info(), weights.layout(),
      kernels::AreSmallZeros(CodeCount(weights.info().format), weights.largest_zero())};
  ProductFacts facts = FactsOf(stored, problem, MachineWith(target));
  facts.cost.m = ChoiceTokens(problem.m);
  return facts;
}

bool Can(const ProductFacts& facts, const KernelSpec& kernel) {
  return facts.machine.kernels[static_cast<size_t>(kernel.id)] && Serves(kernel, facts.candidate);
}

Status NoKernel(const PackedWeights& weights, const Problem& problem, const ProductFacts& facts) {
  std::string names;
  for (const KernelSpec& kernel : kernels::Kernels()) {
    if (Can(facts, kernel)) names += Cat(names.empty() ? "" : ", ", kernel.name);
  }
  return {Code::kNoKernel,
          Cat("kernel ", base::Quote(problem.kernel), " cannot run ", Name(weights.info().format),
              " weights in layout '", Name(weights.layout()), "', mode ", Name(problem.mode), ", ",
              problem.m, " token(s), on target ", facts.machine.target,
              "; kernels that can: ", names.empty() ? "none" : names)};
}

// "12.3 us".
std::string TimeText(double ns) {
  const auto tenths = static_cast<uint64_t>(ns / 100.0 + 0.5);
  return Cat(tenths / 10, ".", tenths % 10, " us");
}

std::string PricedText(std::string_view kernel, double ns) {
  return Cat(kernel, ns > 0.0 ? Cat(" ", TimeText(ns)) : std::string(" (never measured)"));
}

}  // namespace

std::string WhyOf(const Choice& choice) {
  const Priced& next = choice.runner_up;
  const std::string other =
      next.kernel == nullptr ? "" : Cat(", next ", PricedText(next.kernel->name, next.ns));
  switch (choice.reason) {
    case Reason::kForced:
      return "forced by the caller";
    case Reason::kMeasured:
      return Cat("chosen by the profile's measurement at M=", choice.entry_m, " on ",
                 choice.entry_threads, " thread(s)");
    case Reason::kOnly:
      return "no other kernel can run it";
    case Reason::kCost:
      return Cat("least predicted time of one thread of ", Name(ThisCore()), ": ",
                 choice.ns > 0.0 ? TimeText(choice.ns) : "unknown", other);
  }
  return {};
}

Result<Choice> Choose(const PackedWeights& weights, const Problem& problem,
                      const Profile& profile) {
  const Result<const TargetKernels*> target = ChooseTarget(problem.target);
  if (!target.ok()) return target.status();
  const ProductFacts facts = FactsOf(weights, problem, **target);
  const KernelSpec* wished = nullptr;
  Choice choice{*target, nullptr, Reason::kForced, 0.0, {}, 0, 0};
  if (!problem.kernel.empty()) {
    wished = kernels::FindKernel(problem.kernel);
    if (wished == nullptr || !Can(facts, *wished)) return NoKernel(weights, problem, facts);
  } else {
    const ProfileKey key = KeyOf(**target, weights.info(), weights.layout(), problem.mode);
    if (const ProfileEntry* entry = profile.Find(key, ChoiceTokens(problem.m)); entry != nullptr) {
      wished = entry->kernel;
      choice.reason = Reason::kMeasured;
      choice.entry_m = entry->m, choice.entry_threads = entry->threads;
    }
  }
  const Chosen chosen = ChooseKernel(facts, wished, choice.reason);
  if (chosen.best.kernel == nullptr) return NoKernel(weights, problem, facts);
  choice.kernel = chosen.best.kernel;
  choice.ns = chosen.best.ns;
  choice.runner_up = chosen.runner_up;
  choice.reason = chosen.reason;
  choice.ahead = AheadOf(facts.machine, choice.kernel->id, problem.mode);
  return choice;
}

}  // namespace lutgemm::plan
