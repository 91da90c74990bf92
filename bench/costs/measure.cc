#include "bench/costs/measure.h"

#include "bench/costs/records.h"
#include "bench/costs/series.h"
#include "bench/costs/timed.h"
#include "tools/console/options.h"
#include "tools/measure/calibration.h"

#include <fmt/core.h>

#include <memory>

namespace lutgemm::bench {
namespace {

void PrintFact(const MeasureOptions& options, std::string_view fact, size_t threads,
               plan::Level level, double value) {
  Record record;
  record.core = options.core, record.kernel = fact;
  record.threads = threads, record.level = level, record.ns = value;
  fmt::print("{}\n", ToText(record));
}

// Sizes of caches, and what reading a byte takes from each level.
Status PrintFacts(const MeasureOptions& options, Threads* threads) {
  const CpuFacts cpu = GetCpuFacts();
  PrintFact(options, kCacheFact, 1, plan::Level::kL2, double(cpu.l2_bytes));
  PrintFact(options, kCacheFact, 1, plan::Level::kL3, double(cpu.l3_bytes));
  for (const plan::Level level : {plan::Level::kL2, plan::Level::kL3, plan::Level::kDram}) {
    const tools::CalibrationSpec spec{options.smoke ? 4096 : WorkingSet(level),
                                      options.smoke ? 0.001 : 0.1};
    tools::Calibration best;
    for (int turn = 0; turn < 3; ++turn) {
      const auto rates = tools::Calibrate(spec, threads);
      if (!rates.ok()) return rates.status();
      best = tools::Best(best, *rates);
    }
    PrintFact(options, kReadFact, 1, level, 1.0 / best.read_gbps.one_core);
    if (options.threads == 1) continue;
    PrintFact(options, kReadFact, options.threads, level, 1.0 / best.read_gbps.run);
  }
  return {};
}

Status PrintTimes(const MeasureOptions& options, const tools::BenchWeights& weights, Record record,
                  Threads* threads) {
  Problem problem;
  problem.m = record.m, problem.mode = record.mode;
  problem.target = record.target, problem.threads = record.threads;
  const Patience patience{options.turn_ms * 1e-3, 1, record.m <= 16 ? size_t{6} : size_t{3}};
  const auto times = TimeKernels(weights, problem, patience, threads);
  if (!times.ok()) return times.status();
  for (const KernelTime& time : *times) {
    record.kernel = time.kernel, record.ns = time.ns, record.spread = time.spread;
    fmt::print("{}\n", ToText(record));
  }
  return {};
}

Status PrintSeries(const MeasureOptions& options, const Series& series, Threads* threads) {
  for (const Stored& stored : series.weights) {
    const auto weights =
        tools::BenchWeights::Make({stored.info, stored.layout, WorkingSet(series.level), 1});
    if (!weights.ok()) return weights.status();
    Record record;
    record.core = options.core, record.target = options.target, record.info = stored.info;
    record.threads = options.threads, record.level = series.level;
    for (const Mode mode : {Mode::kFast, Mode::kExact}) {
      for (const size_t m : series.tokens) {
        record.m = m, record.mode = mode;
        if (Status status = PrintTimes(options, *weights, record, threads); !status.ok()) {
          return status;
        }
      }
    }
    std::fflush(stdout);
  }
  return {};
}

Status MeasureTarget(const MeasureOptions& options, Threads* threads) {
  const auto all = options.smoke ? SmokeSeries() : SeriesFor(options.target);
  for (const Series& series : all) {
    if (Status status = PrintSeries(options, series, threads); !status.ok()) return status;
  }
  return {};
}

Status MeasureAll(MeasureOptions options) {
  auto threads = tools::ThreadsToMeasure(options.threads);
  if (!threads.ok()) return threads.status();
  fmt::print("{}\n", RecordTitles());
  if (Status status = PrintFacts(options, threads->get()); !status.ok()) return status;
  const std::string only = options.target;
  for (const std::string_view target : Targets()) {
    if (!only.empty() && target != only) continue;
    options.target = target;
    if (Status status = MeasureTarget(options, threads->get()); !status.ok()) return status;
  }
  return {};
}

}  // namespace

int Measure(const MeasureOptions& options) {
  const Status status = MeasureAll(options);
  if (!status.ok()) fmt::print(stderr, "costs: {}\n", status.text());
  return status.ok() ? 0 : 1;
}

}  // namespace lutgemm::bench
