#include "tools/command/kernels/run.h"

#include "tools/command/kernels/report.h"
#include "tools/measure/scratch.h"

#include <utility>

namespace lutgemm::tools {
namespace {

Problem ProblemOf(const KernelsOptions& options, Mode mode, size_t m) {
  Problem problem;
  problem.m = m;
  problem.mode = mode;
  problem.threads = ThreadCount(options.threads);
  problem.target = options.target;
  return problem;
}

// Adds the kernel's line where it can run. Fails where the target cannot be had.
Status AddLine(const KernelsOptions& options, const PackedWeights& weights, UsableKernel line,
               std::vector<UsableKernel>& lines) {
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
                 std::vector<UsableKernel>& lines) {
  const Result<WeightInfo> info = format.Info(options.weights, options.n, options.k);
  if (!info.ok()) return info.status();
  const Result<PackedWeights> weights = PlanOnlyWeights(*info, options.weights.layout);
  if (!weights.ok()) return weights.status();
  for (const Mode mode : options.modes) {
    for (const KernelInfo& kernel : Kernels()) {
      if (kernel.layout != weights->layout()) continue;
      const UsableKernel line{*info, weights->layout(), mode, &kernel, {}};
      if (Status status = AddLine(options, *weights, line, lines); !status.ok()) return status;
    }
  }
  return {};
}

}  // namespace

int RunKernels(const KernelsOptions& options) {
  std::vector<UsableKernel> lines;
  for (const ListedFormat& format : options.formats) {
    if (const Status status = AddFormat(options, format, lines); !status.ok()) {
      return OptionsFailed(status);
    }
  }
  const std::string target(options.target.empty() ? Targets().front() : options.target);
  if (options.json) {
    PrintJson(KernelsJson(target, lines));
  } else {
    PrintKernels(target, lines);
  }
  return kExitOk;
}

}  // namespace lutgemm::tools
