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
  const Result<QuantSpec> spec = options.weights.Spec();
  if (!spec.ok()) return UsageError(spec.status().text());
  const Result<PackedWeights> weights =
      PlanOnlyWeights(InfoOf(*spec, options.n, options.k), options.weights.layout);
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
