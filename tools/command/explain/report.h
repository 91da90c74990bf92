// What `lutgemm explain` tells.
#ifndef LUTGEMM_TOOLS_COMMAND_EXPLAIN_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_EXPLAIN_REPORT_H_

#include "tools/command/explain/run.h"

namespace lutgemm::tools {

// `weights` are those of the options, their bytes untouched.
Json ExplainJson(const ExplainOptions& options, const PackedWeights& weights, const Plan& plan);
void PrintExplain(const ExplainOptions& options, const PackedWeights& weights, const Plan& plan);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_EXPLAIN_REPORT_H_
