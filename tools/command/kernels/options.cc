// lutgemm kernels: which kernels can multiply weights of a format here, and which a plan takes.
#include "tools/console/options.h"
#include "tools/command/commands.h"
#include "tools/console/lists.h"
#include "tools/console/numbers.h"
#include "tools/console/report.h"
#include "tools/measure/scratch.h"

#include <lutgemm/plan.hpp>

#include <fmt/core.h>

#include <memory>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nA kernel is a method in a regime: gemv takes tokens one by one, small_m a few that share\n"
    "decoded weights, gemm many that share a panel of expanded weights. `chosen for M` are those\n"
    "of 1, 2, 4, 8, 16, 64 and 512 tokens, or of --m, at which a plan takes the kernel.\n\n"
    "Examples:\n"
    "  lutgemm kernels\n"
    "  lutgemm kernels --format int4 --m 4\n"
    "  lutgemm kernels --format ternary:row,int2 --target AVX2 --json";

struct KernelsOptions {
  std::vector<ListedFormat> formats = ParseFormats("int1,int2,int3,int4,ternary");
  WeightOptions weights;
  std::vector<size_t> tokens = {1, 2, 4, 8, 16, 64, 512};
  std::vector<Mode> modes = {Mode::kFast, Mode::kExact};
  size_t n = 4096, k = 4096, threads = 1;
  std::string target;
  bool json = false;
};

// A kernel that can multiply some weights on the target.
struct Line {
  WeightInfo info;
  LayoutId layout;
  Mode mode;
  const KernelInfo* kernel;
  std::vector<size_t> chosen;  // numbers of tokens
};

Problem ProblemOf(const KernelsOptions& options, Mode mode, size_t m) {
  Problem problem;
  problem.m = m;
  problem.mode = mode;
  problem.threads = options.threads != 0 ? options.threads : GetCpuFacts().cores;
  problem.target = options.target;
  return problem;
}

// Adds the kernel's line where it can run. Fails where the target cannot be had.
Status AddLine(const KernelsOptions& options, const PackedWeights& weights, Line line,
               std::vector<Line>& lines) {
  bool can = false;
  for (const size_t m : options.tokens) {
    Problem problem = ProblemOf(options, line.mode, m);
    const Result<Plan> usual = MakePlan(weights, problem);
    if (!usual.ok()) return usual.status();
    if (usual->kernel() == line.kernel->name) line.chosen.push_back(m);
    problem.kernel = line.kernel->name;
    can = can || MakePlan(weights, problem).ok();
  }
  if (can) lines.push_back(std::move(line));
  return {};
}

Status AddFormat(const KernelsOptions& options, const ListedFormat& format,
                 std::vector<Line>& lines) {
  const Result<QuantSpec> spec = format.Spec(options.weights);
  if (!spec.ok()) return spec.status();
  const WeightInfo info = InfoOf(*spec, options.n, options.k);
  const Result<PackedWeights> weights = PlanOnlyWeights(info, options.weights.layout);
  if (!weights.ok()) return weights.status();
  for (const Mode mode : options.modes) {
    for (const KernelInfo& kernel : Kernels()) {
      if (kernel.layout != weights->layout()) continue;
      const Line line{info, weights->layout(), mode, &kernel, {}};
      if (Status status = AddLine(options, *weights, line, lines); !status.ok()) return status;
    }
  }
  return {};
}

std::string TokensText(const KernelInfo& kernel) {
  if (kernel.most_tokens == 0) return fmt::format("{}+", kernel.least_tokens);
  return fmt::format("{}-{}", kernel.least_tokens, kernel.most_tokens);
}

std::string ListText(const std::vector<size_t>& numbers) {
  std::string text;
  for (const size_t number : numbers) {
    text += fmt::format("{}{}", text.empty() ? "" : " ", number);
  }
  return text.empty() ? "-" : text;
}

Json ToJson(std::string_view target, const std::vector<Line>& lines) {
  Json list = Json::array();
  for (const Line& line : lines) {
    list.push_back({{"format", Name(line.info.format)},
                    {"group", GroupJson(line.info.group)},
                    {"layout", Name(line.layout)},
                    {"mode", Name(line.mode)},
                    {"kernel", line.kernel->name},
                    {"method", Name(line.kernel->method)},
                    {"regime", Name(line.kernel->regime)},
                    {"least_tokens", line.kernel->least_tokens},
                    {"most_tokens", line.kernel->most_tokens},
                    {"chosen_for", line.chosen},
                    {"what", line.kernel->what}});
  }
  return {{"target", target}, {"kernels", std::move(list)}};
}

void Print(std::string_view target, const std::vector<Line>& lines) {
  fmt::print("target {}\n\n", target);
  Table table(
      {"format", "group", "<layout", "<mode", "<regime", "<kernel", "tokens", "<chosen for M"});
  for (const Line& line : lines) {
    table.Add({std::string(Name(line.info.format)), GroupText(line.info.group),
               std::string(Name(line.layout)), std::string(Name(line.mode)),
               std::string(Name(line.kernel->regime)), std::string(line.kernel->name),
               TokensText(*line.kernel), ListText(line.chosen)});
  }
  table.Print();
}

int RunKernels(const KernelsOptions& options) {
  std::vector<Line> lines;
  for (const ListedFormat& format : options.formats) {
    if (const Status status = AddFormat(options, format, lines); !status.ok()) {
      return OptionsFailed(status);
    }
  }
  const std::string target(options.target.empty() ? Targets().front() : options.target);
  if (options.json) {
    PrintJson(ToJson(target, lines));
  } else {
    Print(target, lines);
  }
  return kExitOk;
}

}  // namespace

void AddKernels(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("kernels", "Show which kernels can run a product, and which is chosen");
  auto options = std::make_shared<KernelsOptions>();
  command
      ->add_option_function<std::string>(
          "--format", [options](const std::string& text) { options->formats = ParseFormats(text); },
          "Comma-separated formats, each with a group of its own if you\n"
          "like: int4,int4:32,ternary:row [int1,int2,int3,int4,ternary]")
      ->type_name("LIST");
  options->weights.AddTo(*command);
  command
      ->add_option_function<std::string>(
          "--m",
          [options](const std::string& text) { options->tokens = {ParseCount(text, "--m")}; },
          "Tokens [1, 2, 4, 8, 16, 64 and 512]")
      ->type_name("N");
  command->add_option("--n", options->n, "Outputs [4096]")
      ->transform(WholeNumber(1, uint64_t{1} << 32))
      ->type_name("N");
  command->add_option("--k", options->k, "Summed dimension [4096]")
      ->transform(WholeNumber(1, uint64_t{1} << 32))
      ->type_name("N");
  command
      ->add_option_function<std::string>(
          "--mode", [options](const std::string& text) { options->modes = ParseModes(text); },
          "fast, exact or both [both]")
      ->type_name("MODE");
  AddThreads(*command, options->threads);
  command->add_option("--target", options->target, "Force a target of `lutgemm cpu` [best]")
      ->type_name("NAME");
  AddJson(*command, options->json);
  command->footer(kFooter);
  command->callback([options, &context] { context.exit_code = RunKernels(*options); });
}

}  // namespace lutgemm::tools
