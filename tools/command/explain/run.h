// lutgemm explain: which kernel would run a product, and why.
#ifndef LUTGEMM_TOOLS_COMMAND_EXPLAIN_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_EXPLAIN_RUN_H_

#include "tools/command/explain/options.h"

#include <lutgemm/plan.hpp>

namespace lutgemm::tools {

// The problem that the options describe.
Problem ProblemOf(const ExplainOptions& options);

int RunExplain(const ExplainOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_EXPLAIN_RUN_H_
