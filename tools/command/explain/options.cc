// lutgemm explain: which kernel would run a product, and why.
#include "tools/console/options.h"
#include "tools/command/commands.h"
#include "tools/command/common/profile_report.h"
#include "tools/console/numbers.h"
#include "tools/console/report.h"
#include "tools/measure/scratch.h"

#include <lutgemm/plan.hpp>

#include <fmt/core.h>

#include <memory>

namespace lutgemm::tools {
namespace {

constexpr uint64_t kMaxSide = uint64_t{1} << 32;  // of M and N; the library says more of N

constexpr char kFooter[] =
    "\nPlans O[M,N] = A[M,K] x W[N,K]^T without computing it: no weights are needed.\n\n"
    "Examples:\n"
    "  lutgemm explain --m 1 --n 4096 --k 4096 --format int4\n"
    "  lutgemm explain --m 128 --n 11008 --k 4096 --format ternary --group row --mode exact\n"
    "  lutgemm explain --m 1 --n 4096 --k 4096 --format int2 --group 64 --target AVX2";

struct ExplainOptions {
  WeightOptions weights;
  size_t m = 1, n = 0, k = 0, threads = 1;
  Mode mode = Mode::kFast;
  Elem act = Elem::kF32, out = Elem::kF32;
  uint32_t block = 0, act_bfp = 0;
  std::string target, kernel;
  bool json = false;
};

Problem ProblemOf(const ExplainOptions& options) {
  Problem problem;
  problem.m = options.m;
  problem.act = options.act;
  problem.out = options.out;
  problem.mode = options.mode;
  problem.threads = ThreadCount(options.threads);
  problem.block = options.block;
  problem.act_bfp = options.act_bfp;
  problem.target = options.target;
  problem.kernel = options.kernel;
  return problem;
}

Json ToJson(const ExplainOptions& options, const PackedWeights& weights, const Plan& plan) {
  const WeightInfo& info = weights.info();
  return {{"format", Name(info.format)},
          {"group", GroupJson(info.group)},
          {"scale", Name(info.scale)},
          {"zero", Name(info.zero)},
          {"m", options.m},
          {"n", info.n},
          {"k", info.k},
          {"act", Name(options.act)},
          {"act_bfp", options.act_bfp},
          {"out", Name(options.out)},
          {"mode", Name(options.mode)},
          {"threads", ProblemOf(options).threads},
          {"target", plan.target()},
          {"method", Name(plan.method())},
          {"regime", Name(plan.regime())},
          {"kernel", plan.kernel()},
          {"block", plan.block()},
          {"k_chunk", plan.k_chunk()},
          {"layout", Name(weights.layout())},
          {"layout_version", weights.layout_version()},
          {"bits_per_weight", weights.bits_per_weight()},
          {"weight_bytes", weights.blob().size()},
          {"workspace_bytes", plan.workspace_bytes()},
          {"table_bytes", plan.table_bytes()},
          {"profile", ProfileJson()},
          {"explain", plan.Explain()}};
}

void Print(const ExplainOptions& options, const PackedWeights& weights, const Plan& plan) {
  const WeightInfo& info = weights.info();
  fmt::print("problem    O[{0},{1}] = A[{0},{2}] x W[{1},{2}]^T, {3}, {4} in, {5} out\n", options.m,
             info.n, info.k, Name(options.mode), Name(options.act), Name(options.out));
  fmt::print("weights    {}, group {}, scales {}, zeros {}, layout {} v{}\n", Name(info.format),
             GroupText(info.group), Name(info.scale), Name(info.zero), Name(weights.layout()),
             weights.layout_version());
  fmt::print("bytes      weights {}, {} bits per weight\n", BytesText(weights.blob().size()),
             NumberText(weights.bits_per_weight()));
  fmt::print("           workspace {}, of them tables {}\n", BytesText(plan.workspace_bytes()),
             BytesText(plan.table_bytes()));
  fmt::print("kernel     {} on {}\nprofile    {}\n\n{}\n", plan.kernel(), plan.target(),
             ProfileText(), plan.Explain());
}

int RunExplain(const ExplainOptions& options) {
  const Result<QuantSpec> spec = options.weights.Spec();
  if (!spec.ok()) return UsageError(spec.status().text());
  const Result<PackedWeights> weights =
      PlanOnlyWeights(InfoOf(*spec, options.n, options.k), options.weights.layout);
  if (!weights.ok()) return OptionsFailed(weights.status());
  const Result<Plan> plan = MakePlan(*weights, ProblemOf(options));
  if (!plan.ok()) return OptionsFailed(plan.status());
  if (options.json) {
    PrintJson(ToJson(options, *weights, *plan));
  } else {
    Print(options, *weights, *plan);
  }
  return kExitOk;
}

}  // namespace

void AddExplain(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("explain", "Tell which kernel would run a product, and why");
  auto options = std::make_shared<ExplainOptions>();
  command->add_option("--m", options->m, "Tokens (rows of activations) [1]")
      ->transform(WholeNumber(1, kMaxSide))
      ->type_name("M");
  command->add_option("--n", options->n, "Outputs (rows of weights)")
      ->transform(WholeNumber(1, kMaxSide))
      ->required()
      ->type_name("N");
  command->add_option("--k", options->k, "Summed dimension")
      ->transform(WholeNumber(1, kMaxK))
      ->required()
      ->type_name("K");
  options->weights.AddFormatTo(*command);
  options->weights.AddTo(*command);
  AddParsed(*command, "--mode", options->mode, &ParseMode,
            "fast (8-bit tables) or exact (integer product) [fast]")
      ->type_name("MODE");
  AddParsed(*command, "--act", options->act, &ParseActElem,
            "Activations: f32, f16, bf16 or i8 [f32]")
      ->type_name("TYPE");
  AddParsed(*command, "--out", options->out, &ParseOutElem,
            "Outputs: f32, f16, bf16, or i32 (with i8, exact) [f32]")
      ->type_name("TYPE");
  AddBlocks(*command, options->block, options->act_bfp);
  AddThreads(*command, options->threads);
  command->add_option("--target", options->target, "Force a target of `lutgemm cpu` [best]")
      ->type_name("NAME");
  command
      ->add_option("--kernel", options->kernel, "Force a kernel of `lutgemm kernels` [the plan's]")
      ->type_name("NAME");
  AddJson(*command, options->json);
  command->footer(kFooter);
  command->callback([options, &context] { context.exit_code = RunExplain(*options); });
}

}  // namespace lutgemm::tools
