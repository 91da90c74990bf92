#include "tools/command/cpu/run.h"

#include "tools/command/cpu/report.h"
#include "tools/console/options.h"
#include "tools/measure/scratch.h"

#include <vector>

namespace lutgemm::tools {
namespace {

Result<std::vector<CpuChoice>> Choices() {
  std::vector<CpuChoice> choices;
  for (const auto format : {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                            WeightFormat::kInt4, WeightFormat::kTernary, WeightFormat::kBitmod3,
                            WeightFormat::kBitmod4, WeightFormat::kMxfp4, WeightFormat::kNvfp4,
                            WeightFormat::kNf4, WeightFormat::kBfp4, WeightFormat::kBfp8}) {
    const Result<QuantSpec> spec = WeightOptions().Spec({format, {}, {}});
    if (!spec.ok()) return spec.status();
    const Result<PackedWeights> weights =
        PlanOnlyWeights(InfoOf(*spec, kCpuSide, kCpuSide), LayoutId::kDefault);
    if (!weights.ok()) return weights.status();
    for (const Mode mode : {Mode::kFast, Mode::kExact}) {
      for (const size_t m : {size_t{1}, size_t{128}}) {
        Problem problem;
        problem.m = m;
        problem.mode = mode;
        const Result<Plan> plan = MakePlan(*weights, problem);
        if (!plan.ok()) return plan.status();
        choices.push_back(
            {weights->info(), mode, m, std::string(plan->kernel()), std::string(plan->target())});
      }
    }
  }
  return choices;
}

}  // namespace

int RunCpu(const CpuOptions& options) {
  const CpuFacts facts = GetCpuFacts();
  const Result<std::vector<CpuChoice>> choices = Choices();
  if (!choices.ok()) return CheckFailed(choices.status().text());
  if (options.json) {
    PrintJson(CpuJson(facts, *choices));
  } else {
    PrintCpu(facts, *choices);
  }
  return kExitOk;
}

}  // namespace lutgemm::tools
