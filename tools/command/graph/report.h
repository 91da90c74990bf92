// What `lutgemm graph` tells.
#ifndef LUTGEMM_TOOLS_COMMAND_GRAPH_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_GRAPH_REPORT_H_

#include "model/func/machine.h"
#include "model/lower/graph.h"
#include "model/lower/passes.h"
#include "tools/command/graph/options.h"

#include <string>
#include <vector>

namespace lutgemm::tools {

struct GraphReport {
  model::lower::Graph plain, result;
  std::vector<model::lower::Fusion> fusions;
  size_t precomputes = 0, unshared = 0;
  model::lower::GraphTraffic before, after;  // each product with tables of its own; the result
  bool bit_equal = false;
  size_t tokens = 0, table_builds = 0;
  model::func::Counters counters;
};

Json GraphJson(const GraphOptions& options, const GraphReport& report);
void PrintGraph(const GraphOptions& options, const GraphReport& report);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_GRAPH_REPORT_H_
