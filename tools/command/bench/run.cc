#include "tools/command/bench/run.h"

#include <memory>
#include <optional>
#include <utility>

namespace lutgemm::tools {
namespace {

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
    std::optional<BenchWeights> weights;
    for (const BenchShape& shape : options.shapes) {
      if (!weights || !IsOf(*weights, shape)) {
        weights.reset();  // before the next ones take as much memory
        const Result<WeightInfo> info = format.Info(options.weights, shape.n, shape.k);
        if (!info.ok()) return info.status();
        Result<BenchWeights> made = BenchWeights::Make(
            {*info, options.weights.layout, options.settings.working_set(), options.settings.seed});
        if (!made.ok()) return made.status();
        weights = std::move(*made);
      }
      for (const Mode mode : options.modes) {
        progress.Update(done++, Name(format.format.format));
        Status status = RunProblem(*weights, ProblemOf(options, shape, mode), format.format);
        if (!status.ok()) return status;
      }
    }
    return {};
  }

  static bool IsOf(const BenchWeights& weights, const BenchShape& shape) {
    const WeightInfo& info = weights.matrix().info;
    return info.n == shape.n && info.k == shape.k;
  }

  Status RunProblem(const BenchWeights& weights, const Problem& problem,
                    const FormatChoice& format) {
    const TimeSpec time = options.settings.time();
    if (options.producer) {
      auto timed = RunProducer(weights, problem, *options.producer, time, threads);
      if (!timed.ok()) return timed.status();
      if (format.gguf) timed->what.format = format.gguf_name;
      report.producers.push_back(std::move(*timed));
      return {};
    }
    Result<BenchResult> result = RunBench(weights, problem, time, threads);
    if (!result.ok()) return result.status();
    if (format.gguf) result->format = format.gguf_name;
    report.results.push_back(std::move(*result));
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

}  // namespace

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

}  // namespace lutgemm::tools
