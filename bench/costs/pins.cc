#include "bench/costs/pins.h"

#include "base/text.h"
#include "bench/costs/series.h"
#include "plan/choice/choose.h"
#include "tools/console/report.h"

#include <fmt/core.h>

namespace lutgemm::bench {
namespace {

constexpr size_t kMostTokens = 512;

std::string ChangesOf(const plan::Machine& machine, const Stored& stored, Mode mode) {
  const plan::StoredWeights weights{stored.info, stored.layout};
  const kernels::KernelSpec* last = nullptr;
  std::string changes;
  Problem problem;
  problem.mode = mode;
  for (problem.m = 1; problem.m <= kMostTokens; ++problem.m) {
    const plan::Chosen chosen = ChooseKernel(FactsOf(weights, problem, machine));
    const kernels::KernelSpec* kernel = chosen.best.kernel;
    if (kernel == last) continue;
    changes += base::Cat(changes.empty() ? "" : " ", problem.m, ":",
                         kernel == nullptr ? std::string_view("none") : kernel->name);
    last = kernel;
  }
  return changes;
}

void PrintMachine(const plan::Machine& machine) {
  for (const Stored& stored : PinnedWeights()) {
    for (const Mode mode : {Mode::kFast, Mode::kExact}) {
      const WeightInfo& info = stored.info;
      fmt::print("{},{},{},{},{},{},{},{},{},{}\n", Name(machine.core), machine.target,
                 Name(info.format), tools::GroupText(info.group), Name(info.zero),
                 Name(stored.layout), Name(mode), info.n, info.k, ChangesOf(machine, stored, mode));
    }
  }
}

}  // namespace

void PrintPins() {
  fmt::print("core,target,format,group,zero,layout,mode,n,k,kernels from tokens on\n");
  for (size_t core = 0; core < plan::kCoreCount; ++core) {
    for (const std::string_view target : plan::CostTargets()) {
      PrintMachine(plan::PinnedMachine(static_cast<plan::CoreId>(core), target));
    }
  }
}

}  // namespace lutgemm::bench
