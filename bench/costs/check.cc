#include "bench/costs/check.h"

#include "bench/costs/records.h"

#include "bench/costs/series.h"
#include "bench/costs/timed.h"
#include "plan/choice/choose.h"
#include "tools/console/lists.h"
#include "tools/console/options.h"
#include "tools/console/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

namespace lutgemm::bench {
namespace {

constexpr double kNear = 1.05;

struct Tally {
  size_t choices = 0, near = 0;
  double worst = 1.0;
};

// What a plan takes where nothing is forced.
std::string ChosenKernel(const PackedWeights& weights, const Problem& problem) {
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    if (!problem.target.empty() && problem.target != target->name) continue;
    const plan::StoredWeights stored{weights.info(), weights.layout()};
    const auto facts = plan::FactsOf(stored, problem, plan::MachineOf(*target));
    return std::string(ChooseKernel(facts).best.kernel->name);
  }
  return {};
}

// One product: its kernels' times, and what the plan took.
Status CheckProduct(const tools::BenchWeights& weights, const Problem& problem,
                    const CheckOptions& options, Threads* threads, Tally& tally) {
  const auto times = TimeKernels(weights, problem, {options.turn_ms * 1e-3, 1, 3}, threads);
  if (!times.ok()) return times.status();
  if (times->size() < 2) return {};
  const std::string chosen = ChosenKernel(weights.copies().front(), problem);
  const auto time_of = [](const KernelTime& a, const KernelTime& b) { return a.ns < b.ns; };
  const KernelTime& fastest = *std::min_element(times->begin(), times->end(), time_of);
  const auto mine = std::find_if(times->begin(), times->end(),
                                 [&](const KernelTime& t) { return t.kernel == chosen; });
  if (mine == times->end()) return {Code::kInternal, chosen + " was chosen and cannot run"};
  const double ratio = mine->ns / fastest.ns;
  ++tally.choices;
  tally.near += ratio <= kNear;
  tally.worst = std::max(tally.worst, ratio);
  if (ratio <= kNear) return {};
  const WeightInfo& info = weights.matrix().info;
  fmt::print("{:.2f}  {}:{} {} {} {}x{}x{} threads {}: {} instead of {}\n", ratio,
             Name(info.format), tools::GroupText(info.group), Name(info.zero), Name(problem.mode),
             problem.m, info.n, info.k, problem.threads, chosen, fastest.kernel);
  std::fflush(stdout);
  return {};
}

std::vector<size_t> TokensOf(const CheckOptions& options) {
  if (!options.tokens.empty()) return options.tokens;
  return {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512};
}

Status CheckWeights(const Stored& stored, plan::Level level, const CheckOptions& options,
                    Tally& tally) {
  const auto weights =
      tools::BenchWeights::Make({stored.info, stored.layout, WorkingSet(level), 1});
  if (!weights.ok()) return weights.status();
  for (const size_t count : options.threads) {
    auto threads = tools::ThreadsToMeasure(count);
    if (!threads.ok()) return threads.status();
    for (const Mode mode : {Mode::kFast, Mode::kExact}) {
      for (const size_t m : TokensOf(options)) {
        Problem problem;
        problem.m = m, problem.mode = mode, problem.threads = count;
        problem.target = options.target;
        Status status = CheckProduct(*weights, problem, options, threads->get(), tally);
        if (!status.ok()) return status;
      }
    }
  }
  return {};
}

Status CheckAll(const CheckOptions& options, Tally& tally) {
  std::vector<std::string> shapes = options.shapes;
  if (shapes.empty()) {
    shapes = {"4096x4096",  "11008x4096", "4096x11008", "14336x4096",
              "4096x14336", "1024x4096",  "1000x1000",  "4097x4095"};
  }
  for (const std::string& text : shapes) {
    const auto dims = tools::ParseDims(text, {"--shapes", "NxK", 2}).front();
    for (const Stored& stored : CheckedWeights(dims[0], dims[1])) {
      for (const std::string& level : options.levels) {
        Status status = CheckWeights(stored, ParseLevel(level), options, tally);
        if (!status.ok()) return status;
      }
    }
  }
  return {};
}

}  // namespace

int Check(const CheckOptions& options) {
  Tally tally;
  const Status status = CheckAll(options, tally);
  if (!status.ok()) {
    fmt::print(stderr, "costs: {}\n", status.text());
    return 1;
  }
  const double share = double(tally.near) / double(std::max<size_t>(tally.choices, 1));
  fmt::print("{} choices, {:.3f} within 5 % of the fastest, the worst {:.2f}\n", tally.choices,
             share, tally.worst);
  return share >= options.share_allowed && tally.worst <= options.worst_allowed ? 0 : 1;
}

}  // namespace lutgemm::bench
