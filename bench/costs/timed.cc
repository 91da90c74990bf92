#include "bench/costs/timed.h"

#include "plan/plan_impl.h"
#include "tools/measure/scratch.h"
#include "tools/measure/timing.h"

#include <algorithm>
#include <utility>

namespace lutgemm::bench {
namespace {

// Activations and memory that all kernels of a problem use.
struct Memory {
  std::vector<float> acts;
  tools::Scratch out, workspace;
  Threads* threads = nullptr;
};

Result<Memory> MemoryFor(const WeightInfo& info, const Problem& problem, size_t workspace_bytes) {
  tools::Random random(problem.m);
  Memory memory;
  memory.acts = tools::RandomActs(problem.m * info.k, random);
  auto out = tools::Scratch::Map(problem.m * info.n * sizeof(float));
  if (!out.ok()) return out.status();
  auto workspace = tools::Scratch::Map(workspace_bytes);
  if (!workspace.ok()) return workspace.status();
  memory.out = *std::move(out);
  memory.workspace = *std::move(workspace);
  return memory;
}

struct Runner {
  std::string kernel;
  std::vector<Plan> plans;
  std::vector<double> medians;
};

// One runner for every kernel that can run the problem.
std::vector<Runner> RunnersOf(const tools::BenchWeights& weights, Problem problem) {
  std::vector<Runner> runners;
  for (const KernelInfo& kernel : Kernels()) {
    problem.kernel = kernel.name;
    auto plans = tools::MakePlans(weights, problem);
    if (plans.ok()) runners.push_back({std::string(kernel.name), *std::move(plans), {}});
  }
  return runners;
}

// Brings all copies as near as they fit: the first turn shall find them where later ones do.
void Visit(const std::vector<PackedWeights>& copies) {
  constexpr size_t kLine = 64;
  unsigned sum = 0;
  for (const PackedWeights& copy : copies) {
    const std::span<const std::byte> blob = copy.blob();
    for (size_t i = 0; i < blob.size(); i += kLine) sum += static_cast<unsigned>(blob[i]);
  }
  [[maybe_unused]] const volatile unsigned kept = sum;
}

// `next` goes round the copies from turn to turn: what one kernel read would be near for the next.
Status TimeTurn(Runner& runner, const Patience& patience, Memory& memory, size_t& next) {
  Status failure;
  const auto call = [&](size_t) {
    const Plan& plan = runner.plans[next++ % runner.plans.size()];
    Status status =
        plan.Run(memory.acts.data(), memory.out.data(), memory.workspace.span(), memory.threads);
    if (!status.ok()) failure = std::move(status);
  };
  const tools::TimeSpec spec{patience.turn_seconds, patience.calls, 1};
  runner.medians.push_back(tools::TimeCalls(spec, call));
  return failure;
}

// Runners of one product.
struct Race {
  std::vector<Runner> runners;
  const tools::BenchWeights& weights;
  const Problem& problem;
  Threads* threads;
};

// All of them by turns.
Result<std::vector<KernelTime>> TimeRunners(Race race, const Patience& patience) {
  size_t workspace = 0;
  for (const Runner& runner : race.runners) {
    workspace = std::max(workspace, runner.plans.front().workspace_bytes());
  }
  auto memory = MemoryFor(race.weights.matrix().info, race.problem, workspace);
  if (!memory.ok()) return memory.status();
  memory->threads = race.threads;
  Visit(race.weights.copies());
  size_t next = 0;
  for (size_t turn = 0; turn < patience.turns; ++turn) {
    for (Runner& runner : race.runners) {
      if (Status status = TimeTurn(runner, patience, *memory, next); !status.ok()) return status;
    }
  }
  std::vector<KernelTime> times;
  for (const Runner& runner : race.runners) {
    const auto [least, most] = std::minmax_element(runner.medians.begin(), runner.medians.end());
    times.push_back({runner.kernel, *least * 1e9, *most / *least - 1.0});
  }
  return times;
}

}  // namespace

Result<std::vector<KernelTime>> TimeKernels(const tools::BenchWeights& weights,
                                            const Problem& problem, const Patience& patience,
                                            Threads* threads) {
  return TimeRunners({RunnersOf(weights, problem), weights, problem, threads}, patience);
}

Result<std::vector<KernelTime>> TimeDistances(const tools::BenchWeights& weights,
                                              const Problem& problem,
                                              const std::vector<size_t>& distances,
                                              const Patience& patience) {
  std::vector<Runner> runners;
  for (const size_t distance : distances) {
    Runner runner{std::to_string(distance), {}, {}};
    for (const PackedWeights& copy : weights.copies()) {
      auto plan = PlanImpl::Make(copy, problem, distance);
      if (!plan.ok()) return plan.status();
      runner.plans.push_back(PlanImpl::Wrap(*std::move(plan)));
    }
    runners.push_back(std::move(runner));
  }
  return TimeRunners({std::move(runners), weights, problem, nullptr}, patience);
}

}  // namespace lutgemm::bench
