#include "bench/costs/ahead.h"

#include "bench/costs/records.h"
#include "bench/costs/series.h"
#include "bench/costs/timed.h"

#include <fmt/core.h>

namespace lutgemm::bench {
namespace {

struct Measurement {
  const AheadOptions& options;
  plan::Level level;
  const tools::BenchWeights& weights;
};

// One product on one kernel, with each distance.
Status PrintKernel(const Measurement& measurement, const Problem& problem) {
  const AheadOptions& options = measurement.options;
  const Patience patience{options.turn_ms * 1e-3, 1, 6};
  const auto times = TimeDistances(measurement.weights, problem, options.distances, patience);
  if (!times.ok()) return times.status();
  for (size_t i = 0; i < times->size(); ++i) {
    fmt::print("{},{},{},{},{},{},{},{:.0f}\n", problem.target, problem.kernel,
               Name(measurement.weights.matrix().info.format), Name(problem.mode), problem.m,
               Name(measurement.level), options.distances[i], (*times)[i].ns);
  }
  std::fflush(stdout);
  return {};
}

bool Prefetches(const kernels::KernelSpec& kernel, const kernels::TargetKernels& target) {
  return kernel.regime != Regime::kGemm && target.Has(kernel);
}

// All kernels of a target that can multiply these weights.
Status PrintKernels(const Measurement& measurement, const kernels::TargetKernels& target) {
  for (const kernels::KernelSpec& kernel : kernels::Kernels()) {
    if (!Prefetches(kernel, target)) continue;
    for (const Mode mode : {Mode::kFast, Mode::kExact}) {
      for (const size_t m : {kernel.least_tokens, 2 * kernel.least_tokens}) {
        if (kernel.regime == Regime::kGemv && m != 1) continue;
        Problem problem;
        problem.m = m, problem.mode = mode;
        problem.kernel = kernel.name, problem.target = target.name;
        if (!MakePlan(measurement.weights.copies().front(), problem).ok()) continue;
        if (Status status = PrintKernel(measurement, problem); !status.ok()) return status;
      }
    }
  }
  return {};
}

Status PrintLevel(const AheadOptions& options, plan::Level level) {
  for (const Stored& stored : AheadWeights()) {
    const auto weights =
        tools::BenchWeights::Make({stored.info, stored.layout, WorkingSet(level), 1});
    if (!weights.ok()) return weights.status();
    for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
      if (!options.target.empty() && target->name != options.target) continue;
      if (target->traits.vector_bytes == 0) continue;
      const Measurement measurement{options, level, *weights};
      if (Status status = PrintKernels(measurement, *target); !status.ok()) return status;
    }
  }
  return {};
}

}  // namespace

int MeasureAhead(const AheadOptions& options) {
  fmt::print("target,kernel,format,mode,m,level,ahead,ns\n");
  for (const plan::Level level : {plan::Level::kL3, plan::Level::kDram}) {
    const Status status = PrintLevel(options, level);
    if (status.ok()) continue;
    fmt::print(stderr, "costs: {}\n", status.text());
    return 1;
  }
  return 0;
}

}  // namespace lutgemm::bench
