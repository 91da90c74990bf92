#include "tools/command/explain/report.h"

#include "tools/command/common/profile_report.h"
#include "tools/command/common/quantised.h"

#include <fmt/core.h>

namespace lutgemm::tools {

Json ExplainJson(const ExplainOptions& options, const PackedWeights& weights, const Plan& plan) {
  const WeightInfo& info = weights.info();
  Json json = FormatJson(info);
  json.update({{"m", options.m},
               {"n", info.n},
               {"k", info.k},
               {"act", Name(options.act)},
               {"act_bfp", options.act_bfp},
               {"out", Name(options.out)},
               {"mode", Name(options.mode)},
               {"threads", ProblemOf(options).threads},
               {"target", plan.target()},
               {"method", Name(plan.method())},
               {"regime", Name(plan.regime())},
               {"kernel", plan.kernel()},
               {"block", plan.block()},
               {"k_chunk", plan.k_chunk()},
               {"layout", Name(weights.layout())},
               {"layout_version", weights.layout_version()},
               {"bits_per_weight", weights.bits_per_weight()},
               {"weight_bytes", weights.blob().size()},
               {"workspace_bytes", plan.workspace_bytes()},
               {"table_bytes", plan.table_bytes()},
               {"profile", ProfileJson()},
               {"explain", plan.Explain()}});
  return json;
}

void PrintExplain(const ExplainOptions& options, const PackedWeights& weights, const Plan& plan) {
  const WeightInfo& info = weights.info();
  fmt::print("problem    O[{0},{1}] = A[{0},{2}] x W[{1},{2}]^T, {3}, {4} in, {5} out\n", options.m,
             info.n, info.k, Name(options.mode), Name(options.act), Name(options.out));
  fmt::print("weights    {}, group {}, scales {}, zeros {}, layout {} v{}\n", Name(info.format),
             GroupsText(info), ScalesText(info), Name(info.zero), Name(weights.layout()),
             weights.layout_version());
  fmt::print("bytes      weights {}, {} bits per weight\n", BytesText(weights.blob().size()),
             NumberText(weights.bits_per_weight()));
  fmt::print("           workspace {}, of them {} for tables and for making them\n",
             BytesText(plan.workspace_bytes()), BytesText(plan.table_bytes()));
  fmt::print("kernel     {} on {}\nprofile    {}\n\n{}\n", plan.kernel(), plan.target(),
             ProfileText(), plan.Explain());
}

}  // namespace lutgemm::tools
