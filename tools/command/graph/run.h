// lutgemm graph: the compiler's passes on the graph of a language model, and the model on the
// simulated machine.
#ifndef LUTGEMM_TOOLS_COMMAND_GRAPH_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_GRAPH_RUN_H_

#include "tools/command/graph/options.h"

namespace lutgemm::tools {

int RunGraph(const GraphOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_GRAPH_RUN_H_
