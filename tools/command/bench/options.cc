// lutgemm bench: times products against what the machine can do at best.
#include "tools/console/options.h"
#include "tools/command/commands.h"
#include "tools/console/lists.h"
#include "tools/console/numbers.h"
#include "tools/measure/report.h"

#include <fmt/core.h>

#include <memory>
#include <optional>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nWeights are random and rotate through copies nearest to the working set, so that M = 1 "
    "reads\n"
    "memory as decoding a model does. A time is the median of whole calls: activations to int8 or\n"
    "tables, lookups, epilogue. Between rounds of calls the same threads read weights (read\n"
    "GB/s) and sum int8 products in registers (dot GMAC/s); ratios compare each round with the\n"
    "moments before and after it, and are medians. 1 = as fast as the machine could, just then.\n"
    "The line `calibration` has the best that the whole run has seen.\n\n"
    "  weight GB/s = all packed bytes / time      read ratio = weight GB/s / read GB/s\n"
    "  GMAC/s      = M x N x K / time             dot ratio  = GMAC/s / dot GMAC/s\n"
    "  NMSE        = error of sampled outputs against float64 (weights count as exact)\n\n"
    "--baseline onednn adds oneDNN's f32 matmul and its u8 x s8 matmul (whose time leaves the\n"
    "quantisation of activations out).\n\n"
    "--producer times RMSNorm, or SiLU times a second input: apart (into a buffer, then tables of\n"
    "the buffer) and fused (tables with the producer); overheads are shares of producer + "
    "lookups,\n"
    "as in Table 4 of the LUT Tensor Core paper.\n\n"
    "Examples:\n"
    "  lutgemm bench\n"
    "  lutgemm bench --formats int2,int4:64,ternary:row --shapes 1x4096x4096,64x4096x4096\n"
    "  lutgemm bench --formats ternary --mode exact --threads 2 --working-set 1024 --json\n"
    "  lutgemm bench --formats int4 --target AVX2 --baseline onednn\n"
    "  lutgemm bench --formats int2 --shapes 1x12288x4096 --producer rmsnorm";

struct BenchShape {
  size_t m, n, k;
};

struct BenchOptions {
  std::vector<ListedFormat> formats;
  std::vector<BenchShape> shapes;
  std::vector<Mode> modes;
  WeightOptions weights;
  BenchSettings settings;
  std::string target, kernel;
  std::optional<Producer::Kind> producer;
  bool baseline = false, json = false;
};

std::vector<BenchShape> ParseShapes(const std::string& text) {
  std::vector<BenchShape> shapes;
  for (const auto& dims : ParseDims(text, {"--shapes", "MxNxK, as 1x4096x4096,", 3})) {
    shapes.push_back({dims[0], dims[1], dims[2]});
  }
  return shapes;
}

Problem ProblemOf(const BenchOptions& options, const BenchShape& shape, Mode mode) {
  Problem problem;
  problem.m = shape.m;
  problem.act = options.settings.act;
  problem.mode = mode;
  problem.threads = options.settings.threads;
  problem.block = options.settings.block;
  problem.act_bfp = options.settings.act_bfp;
  problem.target = options.target;
  problem.kernel = options.kernel;
  return problem;
}

struct BenchRunner {
  const BenchOptions& options;
  Threads* threads;  // null for one
  Progress& progress;
  BenchReport& report;
  size_t done = 0;

  // Before the first format and after each: what was reached at any moment of the run counts, so
  // that a disturbed one does not flatter the results.
  Status Recalibrate() {
    progress.Update(done, "calibration");
    const CalibrationSpec spec{options.settings.working_set(),
                               options.settings.time().min_seconds / 4.0};
    const Result<Calibration> now = Calibrate(spec, threads);
    if (!now.ok()) return now.status();
    report.calibration = Best(report.calibration, *now);
    return {};
  }

  // Shapes that differ only in M follow each other and share their weights.
  Status RunFormat(const ListedFormat& format) {
    const Result<QuantSpec> spec = format.Spec(options.weights);
    if (!spec.ok()) return spec.status();
    std::optional<BenchWeights> weights;
    for (const BenchShape& shape : options.shapes) {
      const WeightInfo info = InfoOf(*spec, shape.n, shape.k);
      const bool same =
          weights && weights->matrix().info.n == shape.n && weights->matrix().info.k == shape.k;
      if (!same) {
        weights.reset();
        Result<BenchWeights> made = BenchWeights::Make(
            {info, options.weights.layout, options.settings.working_set(), options.settings.seed});
        if (!made.ok()) return made.status();
        weights = std::move(*made);
      }
      for (const Mode mode : options.modes) {
        progress.Update(done++, Name(format.format.format));
        const Problem problem = ProblemOf(options, shape, mode);
        if (options.producer) {
          Result<ProducerResult> timed =
              RunProducer(*weights, problem, *options.producer, options.settings.time(), threads);
          if (!timed.ok()) return timed.status();
          report.producers.push_back(std::move(*timed));
          continue;
        }
        Result<BenchResult> result = RunBench(*weights, problem, options.settings.time(), threads);
        if (!result.ok()) return result.status();
        report.results.push_back(std::move(*result));
      }
    }
    return {};
  }

  Status RunBaselines() {
    for (const BenchShape& shape : options.shapes) {
      for (const auto kind : {OneDnnShape::Kind::kF32, OneDnnShape::Kind::kU8S8}) {
        progress.Update(done++, "oneDNN");
        BaselineSpec spec{{kind, shape.m, shape.n, shape.k},
                          options.settings.threads,
                          options.settings.working_set(),
                          options.settings.seed};
        Result<BenchResult> result = RunBaseline(spec, options.settings.time(), threads);
        if (!result.ok()) return result.status();
        report.results.push_back(std::move(*result));
      }
    }
    return {};
  }
};

Result<BenchReport> Measure(const BenchOptions& options, Threads* threads) {
  const size_t cases = options.formats.size() * options.shapes.size() * options.modes.size() +
                       (options.baseline ? 2 * options.shapes.size() : 0);
  Progress progress("bench", cases + 1);
  BenchReport report{options.settings, {}, {}, {}};
  BenchRunner runner{options, threads, progress, report, 0};
  Status status = runner.Recalibrate();
  for (size_t i = 0; status.ok() && i < options.formats.size(); ++i) {
    status = runner.RunFormat(options.formats[i]);
    if (status.ok()) status = runner.Recalibrate();
  }
  if (status.ok() && options.baseline) status = runner.RunBaselines();
  if (!status.ok()) return status;
  return report;
}

int RunBenchCommand(BenchOptions options) {
  options.settings.threads = ThreadCount(options.settings.threads);
  if (options.baseline && !HaveOneDnn()) {
    return UsageError("--baseline onednn: this command was built without oneDNN");
  }
  const Result<std::unique_ptr<Threads>> threads = ThreadsToMeasure(options.settings.threads);
  if (!threads.ok()) return OptionsFailed(threads.status());
  const Result<BenchReport> report = Measure(options, threads->get());
  if (!report.ok()) return OptionsFailed(report.status());
  if (options.json) {
    PrintJson(ToJson(*report));
  } else {
    Print(*report);
  }
  return kExitOk;
}

void AddOptions(CLI::App& command, BenchOptions& options) {
  command
      .add_option_function<std::string>(
          "--formats", [&](const std::string& text) { options.formats = ParseFormats(text); },
          "Comma-separated formats, each with a group of its own if you\n"
          "like: int4,int4:32,ternary:row [int1,int2,int3,int4,ternary]")
      ->type_name("LIST");
  command
      .add_option_function<std::string>(
          "--shapes", [&](const std::string& text) { options.shapes = ParseShapes(text); },
          "Comma-separated MxNxK: tokens x outputs x summed dimension\n"
          "[1x4096x4096,64x4096x4096]")
      ->type_name("LIST");
  command
      .add_option_function<std::string>(
          "--mode", [&](const std::string& text) { options.modes = ParseModes(text); },
          "fast (8-bit tables), exact (integer product) or both [fast]")
      ->type_name("MODE");
  AddThreads(command, options.settings.threads);
  command
      .add_option("--working-set", options.settings.working_set_mib,
                  "MiB of weights to rotate through; at least one copy [64]")
      ->transform(WholeNumber(1, 1 << 20))
      ->type_name("MiB");
  command.add_option("--target", options.target, "Force a target of `lutgemm cpu` [best]")
      ->type_name("NAME");
  command
      .add_option("--kernel", options.kernel, "Force a kernel of `lutgemm kernels` [the plan's]")
      ->type_name("NAME");
  options.weights.AddTo(command);
  AddParsed(command, "--act", options.settings.act, &ParseActElem,
            "Activations: f32, f16, bf16 or i8 [f32]")
      ->type_name("TYPE");
  AddBlocks(command, options.settings.block, options.settings.act_bfp);
  command
      .add_option_function<std::string>(
          "--baseline",
          [&](const std::string& text) {
            if (text != "onednn") throw CLI::ValidationError("--baseline", "only onednn is known");
            options.baseline = true;
          },
          "Also time oneDNN's f32 and int8 matmul: onednn")
      ->type_name("NAME");
  AddParsed(command, "--producer", options.producer, &ParseProducer,
            "Time an operator in front of the product, apart and fused into\n"
            "the packing of activations: rmsnorm or silu")
      ->type_name("KIND")
      ->excludes("--baseline");
  command
      .add_option("--min-time", options.settings.min_time_ms,
                  "Milliseconds per measurement, at least five rounds [300]")
      ->transform(RealNumber(1.0, 600000.0))
      ->type_name("MS");
  command
      .add_option("--seed", options.settings.seed, "Seed of the random weights and activations [1]")
      ->transform(WholeNumber(0))
      ->type_name("N");
  AddJson(command, options.json);
}

}  // namespace

void AddBench(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("bench", "Time products against what this machine can do at best");
  auto options = std::make_shared<BenchOptions>();
  options->formats = ParseFormats("int1,int2,int3,int4,ternary");
  options->shapes = {{1, 4096, 4096}, {64, 4096, 4096}};
  options->modes = {Mode::kFast};
  AddOptions(*command, *options);
  command->footer(kFooter);
  command->callback([options, &context] {
    options->settings.command = context.command_line;
    context.exit_code = RunBenchCommand(*options);
  });
}

}  // namespace lutgemm::tools
