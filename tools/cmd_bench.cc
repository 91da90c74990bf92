// lutgemm bench: times products beside what the machine can do at best.
#include "tools/bench_producer.h"
#include "tools/bench_run.h"
#include "tools/calibration.h"
#include "tools/commands.h"
#include "tools/options.h"
#include "tools/report.h"

#include <fmt/core.h>

#include <memory>
#include <optional>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nWeights are random and rotate through copies that fill the working set, so that M = 1 "
    "reads\n"
    "memory as decoding a model does. A time is the median of whole calls: activations to int8 or\n"
    "tables, lookups, epilogue. It stands beside the same run's calibration: how fast the same\n"
    "threads read a working set of that size (read GB/s), and how many int8 products they sum\n"
    "(dot GMAC/s). Ratio 1 = as fast as the machine can.\n\n"
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

struct BenchFormat {
  FormatChoice format;
  std::optional<uint32_t> group;  // as given with the format
};
struct BenchShape {
  size_t m, n, k;
};

struct BenchOptions {
  std::vector<BenchFormat> formats;
  std::vector<BenchShape> shapes;
  std::vector<Mode> modes;
  WeightOptions weights;
  Elem act = Elem::kF32;
  uint32_t block = 0;
  size_t threads = 1, working_set_mib = 64;
  double min_time_ms = 300;
  uint64_t seed = 1;
  std::string target, row;
  std::optional<Producer::Kind> producer;
  bool baseline = false, json = false;

  size_t working_set() const { return working_set_mib << 20; }
  TimeSpec time() const { return {min_time_ms / 1000.0, 5, 1}; }
};

std::vector<BenchFormat> ParseFormats(const std::string& text) {
  std::vector<BenchFormat> formats;
  for (const std::string& piece : SplitList(text)) {
    const size_t colon = piece.find(':');
    BenchFormat format{ParseFormatChoice(piece.substr(0, colon), "--formats"), std::nullopt};
    if (colon != piece.npos) format.group = ParseGroup(piece.substr(colon + 1));
    formats.push_back(format);
  }
  return formats;
}

std::vector<BenchShape> ParseShapes(const std::string& text) {
  std::vector<BenchShape> shapes;
  for (const std::string& piece : SplitList(text)) {
    size_t values[3] = {}, count = 0;
    for (size_t begin = 0; begin <= piece.size() && count < 4; ++count) {
      const size_t end = std::min(piece.find('x', begin), piece.size());
      if (count < 3) values[count] = ParseCount(piece.substr(begin, end - begin), "--shapes");
      begin = end + 1;
    }
    if (count != 3 || values[0] == 0 || values[1] == 0 || values[2] == 0) {
      throw CLI::ValidationError(
          "--shapes", fmt::format("'{}' is not MxNxK with numbers from 1, as 1x4096x4096", piece));
    }
    shapes.push_back({values[0], values[1], values[2]});
  }
  return shapes;
}

std::vector<Mode> ParseModes(const std::string& text) {
  if (text == "both") return {Mode::kFast, Mode::kExact};
  const Result<Mode> mode = ParseMode(text);
  if (!mode.ok()) {
    throw CLI::ValidationError("--mode", fmt::format("'{}' is not fast, exact or both", text));
  }
  return {*mode};
}

struct BenchReport {
  Calibration calibration;
  std::vector<BenchResult> results;
  std::vector<ProducerResult> producers;  // instead of results, with --producer
};

double ReadRatio(const BenchReport& report, const BenchResult& result) {
  return result.weight_gbps() / report.calibration.read_gbps.run;
}
double DotRatio(const BenchReport& report, const BenchResult& result) {
  return result.gmacs() / report.calibration.dot_peak_gmacs.run;
}

Json ResultJson(const BenchReport& report, const BenchResult& result) {
  return {{"format", result.format},
          {"group", result.group},
          {"bits_per_weight", result.bits_per_weight},
          {"m", result.m},
          {"n", result.n},
          {"k", result.k},
          {"mode", result.mode},
          {"threads", result.threads},
          {"target", result.target},
          {"row", result.row},
          {"layout", result.layout},
          {"copies", result.copies},
          {"time_us", result.seconds * 1e6},
          {"gmacs", result.gmacs()},
          {"weight_gbps", result.weight_gbps()},
          {"read_ratio", ReadRatio(report, result)},
          {"dot_ratio", DotRatio(report, result)},
          {"nmse", result.nmse}};
}

Json ToJson(const BenchOptions& options, const BenchReport& report) {
  const CpuFacts facts = GetCpuFacts();
  const Calibration& rates = report.calibration;
  Json results = Json::array();
  for (const BenchResult& result : report.results) {
    results.push_back(ResultJson(report, result));
  }
  Json json = {{"machine",
                {{"name", facts.name},
                 {"cores", facts.cores},
                 {"l1d_bytes", facts.l1d_bytes},
                 {"l2_bytes", facts.l2_bytes},
                 {"l3_bytes", facts.l3_bytes},
                 {"targets", Targets()}}},
               {"settings",
                {{"threads", options.threads},
                 {"working_set_mib", options.working_set_mib},
                 {"act", Name(options.act)},
                 {"block", options.block},
                 {"min_time_ms", options.min_time_ms},
                 {"seed", options.seed}}},
               {"calibration",
                {{"read_gbps", rates.read_gbps.run},
                 {"dot_peak_gmacs", rates.dot_peak_gmacs.run},
                 {"threads", options.threads},
                 {"read_gbps_one_core", rates.read_gbps.one_core},
                 {"read_gbps_all_cores", rates.read_gbps.all_cores},
                 {"dot_peak_gmacs_one_core", rates.dot_peak_gmacs.one_core},
                 {"dot_peak_gmacs_all_cores", rates.dot_peak_gmacs.all_cores}}},
               {"results", std::move(results)}};
  if (options.producer) json["producers"] = ProducersJson(report.producers);
  return json;
}

void Print(const BenchOptions& options, const BenchReport& report) {
  const CpuFacts facts = GetCpuFacts();
  const Calibration& rates = report.calibration;
  fmt::print("machine      {}, {} cores\n", facts.name, facts.cores);
  fmt::print("calibration  {} thread(s), working set {} MiB: read {:.1f} GB/s, dot {:.0f} GMAC/s\n",
             options.threads, options.working_set_mib, rates.read_gbps.run,
             rates.dot_peak_gmacs.run);
  fmt::print(
      "             one core {:.1f} GB/s, {:.0f} GMAC/s; all {} cores {:.1f} GB/s, {:.0f} "
      "GMAC/s\n\n",
      rates.read_gbps.one_core, rates.dot_peak_gmacs.one_core, facts.cores,
      rates.read_gbps.all_cores, rates.dot_peak_gmacs.all_cores);
  if (options.producer) return PrintProducers(report.producers);
  Table table({"format", "group", "bits", "M", "N", "K", "<mode", "<row", "<target", "time us",
               "GMAC/s", "weight GB/s", "read ratio", "dot ratio", "NMSE"});
  for (const BenchResult& result : report.results) {
    table.Add({result.format, result.group, fmt::format("{:.3f}", result.bits_per_weight),
               fmt::format("{}", result.m), fmt::format("{}", result.n),
               fmt::format("{}", result.k), result.mode, result.row, result.target,
               fmt::format("{:.1f}", result.seconds * 1e6), fmt::format("{:.1f}", result.gmacs()),
               fmt::format("{:.2f}", result.weight_gbps()),
               fmt::format("{:.2f}", ReadRatio(report, result)),
               fmt::format("{:.2f}", DotRatio(report, result)), ErrorText(result.nmse)});
  }
  table.Print();
}

Problem ProblemOf(const BenchOptions& options, const BenchShape& shape, Mode mode) {
  Problem problem;
  problem.m = shape.m;
  problem.act = options.act;
  problem.mode = mode;
  problem.threads = options.threads;
  problem.block = options.block;
  problem.target = options.target;
  problem.row = options.row;
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
    const CalibrationSpec spec{options.working_set(), options.time().min_seconds / 4.0};
    const Result<Calibration> now = Calibrate(spec, threads);
    if (!now.ok()) return now.status();
    report.calibration = Best(report.calibration, *now);
    return {};
  }

  // Shapes that differ only in M follow each other and share their weights.
  Status RunFormat(const BenchFormat& format) {
    WeightOptions choice = options.weights;
    if (format.group) choice.group = format.group;
    const Result<QuantSpec> spec = choice.Spec(format.format);
    if (!spec.ok()) return spec.status();
    std::optional<BenchWeights> weights;
    for (const BenchShape& shape : options.shapes) {
      const WeightInfo info = InfoOf(*spec, shape.n, shape.k);
      const bool same =
          weights && weights->matrix().info.n == shape.n && weights->matrix().info.k == shape.k;
      if (!same) {
        weights.reset();
        Result<BenchWeights> made =
            BenchWeights::Make({info, choice.layout, options.working_set(), options.seed});
        if (!made.ok()) return made.status();
        weights = std::move(*made);
      }
      for (const Mode mode : options.modes) {
        progress.Update(done++, Name(format.format.format));
        if (options.producer) {
          Result<ProducerResult> timed = RunProducer(*weights, ProblemOf(options, shape, mode),
                                                     *options.producer, options.time(), threads);
          if (!timed.ok()) return timed.status();
          report.producers.push_back(std::move(*timed));
          continue;
        }
        Result<BenchResult> result =
            RunBench(*weights, ProblemOf(options, shape, mode), options.time(), threads);
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
                          options.threads,
                          options.working_set(),
                          options.seed};
        Result<BenchResult> result = RunBaseline(spec, options.time());
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
  BenchReport report;
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
  if (options.threads == 0) options.threads = GetCpuFacts().cores;
  if (options.baseline && !HaveOneDnn()) {
    return UsageError("--baseline onednn: this command was built without oneDNN");
  }
  std::unique_ptr<Threads> threads;
  if (options.threads > 1) {
    Result<std::unique_ptr<Threads>> pool = MakeThreads(options.threads);
    if (!pool.ok()) return OptionsFailed(pool.status());
    threads = std::move(*pool);
  }
  const Result<BenchReport> report = Measure(options, threads.get());
  if (!report.ok()) return OptionsFailed(report.status());
  if (options.json) {
    PrintJson(ToJson(options, *report));
  } else {
    Print(options, *report);
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
  AddThreads(command, options.threads);
  command
      .add_option("--working-set", options.working_set_mib,
                  "MiB of weights to rotate through; at least one copy [64]")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("MiB");
  command.add_option("--target", options.target, "Force a target of `lutgemm cpu` [best]")
      ->type_name("NAME");
  command.add_option("--row", options.row, "Force a kernel row of `lutgemm cpu` [the plan's]")
      ->type_name("NAME");
  options.weights.AddTo(command);
  AddParsed(command, "--act", options.act, &ParseActElem, "Activations: f32, f16, bf16 or i8 [f32]")
      ->type_name("TYPE");
  command
      .add_option("--block", options.block,
                  "Activations that share a scale: a multiple of 16; 0 = the\n"
                  "library's choice [0]")
      ->type_name("N");
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
            "the preparation of activations: rmsnorm or silu")
      ->type_name("KIND")
      ->excludes("--baseline");
  command
      .add_option("--min-time", options.min_time_ms,
                  "Milliseconds per measurement, at least five rounds [300]")
      ->check(CLI::Range(1.0, 600000.0))
      ->type_name("MS");
  command.add_option("--seed", options.seed, "Seed of the random weights and activations [1]")
      ->type_name("N");
  AddJson(command, options.json);
}

}  // namespace

void AddBench(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("bench", "Time products beside what this machine can do at best");
  auto options = std::make_shared<BenchOptions>();
  options->formats = ParseFormats("int1,int2,int3,int4,ternary");
  options->shapes = {{1, 4096, 4096}, {64, 4096, 4096}};
  options->modes = {Mode::kFast};
  AddOptions(*command, *options);
  command->footer(kFooter);
  command->callback([options, &context] { context.exit_code = RunBenchCommand(*options); });
}

}  // namespace lutgemm::tools
