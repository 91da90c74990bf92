#include "tools/command/tune/tuner.h"

#include "plan/select.h"
#include "tools/console/options.h"
#include "tools/measure/product.h"

#include <algorithm>
#include <utility>

namespace lutgemm::tools {
namespace {

// Each kernel is timed so often, the kernels taking turns, and its least time counts: what disturbs
// one measurement seldom disturbs all.
constexpr int kTurns = 2;

class Tuner {
 public:
  Tuner(const TuneSpec& spec, Threads* threads, const TuneProgress& progress)
      : spec_(spec), threads_(threads), progress_(progress) {}

  Status Run() {
    for (const TuneSpec::Weights& weights : spec_.weights) {
      if (Status status = RunWeights(weights); !status.ok()) return status;
    }
    return {};
  }
  std::vector<TuneResult>& results() { return results_; }

 private:
  Status RunWeights(const TuneSpec::Weights& of) {
    Result<BenchWeights> weights =
        BenchWeights::Make({of.info, of.layout, spec_.working_set, spec_.seed});
    if (!weights.ok()) return weights.status();
    for (const Mode mode : spec_.modes) {
      for (const size_t m : spec_.tokens) {
        progress_(done_++, Name(of.info.format));
        if (Status status = RunProblem(*weights, mode, m); !status.ok()) return status;
      }
    }
    return {};
  }

  // The result that this problem adds to.
  Result<TuneResult*> Open(const PackedWeights& weights, const Problem& problem) {
    auto choice = plan::Choose(weights, problem, plan::Profile());
    if (!choice.ok()) return choice.status();
    const auto key = plan::KeyOf(*choice->target, weights.info(), weights.layout(), problem.mode);
    for (TuneResult& result : results_) {
      if (result.key == key && result.m == problem.m) return &result;
    }
    TuneResult result;
    result.key = key;
    result.m = problem.m;
    result.default_kernel = choice->kernel->name;
    results_.push_back(std::move(result));
    return &results_.back();
  }

  Status RunProblem(const BenchWeights& weights, Mode mode, size_t m) {
    Problem problem;
    problem.m = m;
    problem.mode = mode;
    problem.threads = spec_.threads;
    problem.target = spec_.target;
    const PackedWeights& packed = weights.copies().front();
    const Result<TuneResult*> result = Open(packed, problem);
    if (!result.ok()) return result.status();
    (*result)->outputs.push_back(packed.info().n);
    std::vector<KernelTime> times = Candidates(packed, problem);
    for (int turn = 0; turn < kTurns && times.size() > 1; ++turn) {
      for (KernelTime& time : times) {
        problem.kernel = time.kernel;
        const Result<BenchResult> run = RunBench(weights, problem, spec_.time, threads_);
        if (!run.ok()) return run.status();
        time.seconds = turn == 0 ? run->seconds : std::min(time.seconds, run->seconds);
      }
    }
    Sum(times, (*result)->times);
    return {};
  }

  static std::vector<KernelTime> Candidates(const PackedWeights& weights, Problem problem) {
    std::vector<KernelTime> times;
    for (const KernelInfo& kernel : Kernels()) {
      problem.kernel = kernel.name;
      if (MakePlan(weights, problem).ok()) times.push_back({kernel.name, 0.0});
    }
    return times;
  }

  static void Sum(const std::vector<KernelTime>& times, std::vector<KernelTime>& sums) {
    if (sums.empty()) sums.resize(times.size());
    for (size_t i = 0; i < times.size(); ++i) {
      sums[i] = {times[i].kernel, sums[i].seconds + times[i].seconds};
    }
  }

  const TuneSpec& spec_;
  Threads* threads_;
  const TuneProgress& progress_;
  size_t done_ = 0;
  std::vector<TuneResult> results_;
};

}  // namespace

double TuneResult::SecondsOf(std::string_view name) const {
  for (const KernelTime& time : times) {
    if (time.kernel == name) return time.seconds;
  }
  return 0.0;
}

void Decide(TuneResult& result) {
  const auto fastest = std::min_element(
      result.times.begin(), result.times.end(),
      [](const KernelTime& a, const KernelTime& b) { return a.seconds < b.seconds; });
  const double usual = result.SecondsOf(result.default_kernel);
  const bool keep = fastest->seconds >= usual * (1.0 - kTuneMargin);
  result.kernel = keep ? result.default_kernel : fastest->kernel;
}

Result<std::vector<TuneResult>> Tune(const TuneSpec& spec, Threads* threads,
                                     const TuneProgress& progress) {
  Tuner tuner(spec, threads, progress);
  if (Status status = tuner.Run(); !status.ok()) return status;
  for (TuneResult& result : tuner.results()) Decide(result);
  return std::move(tuner.results());
}

void AddTo(plan::Profile& profile, const std::vector<TuneResult>& results, size_t threads) {
  for (const TuneResult& result : results) {
    if (result.times.size() < 2) continue;
    profile.Set({result.key, result.m, threads, kernels::FindKernel(result.kernel)});
  }
}

}  // namespace lutgemm::tools
