// lutgemm cpu: what the library finds on this machine and what it will use.
#include "tools/console/options.h"
#include "tools/command/commands.h"
#include "tools/command/common/profile_report.h"
#include "tools/console/report.h"
#include "tools/measure/scratch.h"

#include <lutgemm/plan.hpp>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <memory>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nTargets are instruction sets, best first; the first is used unless a target is forced.\n"
    "`lutgemm kernels` lists the kernels; `lutgemm explain` tells why one is chosen.\n\n"
    "Examples:\n"
    "  lutgemm cpu\n"
    "  lutgemm cpu --json";

// One line of "what will be used": a 4096 x 4096 product of default weights.
struct Choice {
  WeightInfo info;
  Mode mode;
  size_t m;
  std::string kernel, target;
};

constexpr size_t kSide = 4096;

Result<std::vector<Choice>> Choices() {
  std::vector<Choice> choices;
  for (const auto format : {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                            WeightFormat::kInt4, WeightFormat::kTernary, WeightFormat::kBitmod3,
                            WeightFormat::kBitmod4, WeightFormat::kMxfp4, WeightFormat::kNvfp4,
                            WeightFormat::kNf4, WeightFormat::kBfp4, WeightFormat::kBfp8}) {
    const Result<QuantSpec> spec = WeightOptions().Spec({format, {}, {}});
    if (!spec.ok()) return spec.status();
    const Result<PackedWeights> weights =
        PlanOnlyWeights(InfoOf(*spec, kSide, kSide), LayoutId::kDefault);
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

Json ToJson(const CpuFacts& facts, const std::vector<Choice>& choices) {
  Json chosen = Json::array();
  for (const Choice& choice : choices) {
    chosen.push_back({{"format", Name(choice.info.format)},
                      {"group", GroupJson(choice.info.group)},
                      {"m", choice.m},
                      {"n", choice.info.n},
                      {"k", choice.info.k},
                      {"mode", Name(choice.mode)},
                      {"kernel", choice.kernel},
                      {"target", choice.target}});
  }
  const std::vector<std::string_view> targets = Targets();
  return {{"name", facts.name},
          {"cores", facts.cores},
          {"l1d_bytes", facts.l1d_bytes},
          {"l2_bytes", facts.l2_bytes},
          {"l3_bytes", facts.l3_bytes},
          {"targets", targets},
          {"target", targets.empty() ? "" : targets.front()},
          {"profile", ProfileJson()},
          {"choices", std::move(chosen)}};
}

void Print(const CpuFacts& facts, const std::vector<Choice>& choices) {
  const std::vector<std::string_view> targets = Targets();
  fmt::print("cpu      {}\ncores    {} usable\n", facts.name, facts.cores);
  fmt::print("caches   L1d {}, L2 {}, L3 {}\n", ShortBytes(facts.l1d_bytes),
             ShortBytes(facts.l2_bytes), ShortBytes(facts.l3_bytes));
  fmt::print("targets  {} (best first)\nused     {}\nprofile  {}\n\n", fmt::join(targets, " "),
             targets.empty() ? "" : targets.front(), ProfileText());
  fmt::print("What runs for N = K = {}:\n", kSide);
  Table used({"format", "group", "<mode", "M", "<kernel", "<target"});
  for (const Choice& choice : choices) {
    used.Add({std::string(Name(choice.info.format)), GroupText(choice.info.group),
              std::string(Name(choice.mode)), fmt::format("{}", choice.m), choice.kernel,
              choice.target});
  }
  used.Print();
}

int RunCpu(bool json) {
  const CpuFacts facts = GetCpuFacts();
  const Result<std::vector<Choice>> choices = Choices();
  if (!choices.ok()) return CheckFailed(choices.status().text());
  if (json) {
    PrintJson(ToJson(facts, *choices));
  } else {
    Print(facts, *choices);
  }
  return kExitOk;
}

}  // namespace

void AddCpu(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("cpu", "Show targets, caches and what will be used here");
  auto json = std::make_shared<bool>(false);
  AddJson(*command, *json);
  command->footer(kFooter);
  command->callback([json, &context] { context.exit_code = RunCpu(*json); });
}

}  // namespace lutgemm::tools
