#include "tools/command/explain/run.h"

#include "tools/command/explain/report.h"
#include "tools/measure/scratch.h"

namespace lutgemm::tools {

Problem ProblemOf(const ExplainOptions& options) {
  Problem problem;
  problem.m = options.m;
  problem.act = options.act;
  problem.out = options.out;
  problem.mode = options.mode;
  problem.threads = ThreadCount(options.threads);
  problem.block = options.block;
  problem.act_bfp = options.act_bfp;
  problem.target = options.target;
  problem.kernel = options.kernel;
  return problem;
}

int RunExplain(const ExplainOptions& options) {
  const Result<WeightInfo> info = options.weights.Info(options.n, options.k);
  if (!info.ok()) return OptionsFailed(info.status());
  const Result<PackedWeights> weights = PlanOnlyWeights(*info, options.weights.layout);
  if (!weights.ok()) return OptionsFailed(weights.status());
  const Result<Plan> plan = MakePlan(*weights, ProblemOf(options));
  if (!plan.ok()) return OptionsFailed(plan.status());
  if (options.json) {
    PrintJson(ExplainJson(options, *weights, *plan));
  } else {
    PrintExplain(options, *weights, *plan);
  }
  return kExitOk;
}

}  // namespace lutgemm::tools
