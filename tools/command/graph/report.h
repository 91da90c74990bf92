// What `lutgemm graph` is asked and what it tells.
#ifndef LUTGEMM_TOOLS_COMMAND_GRAPH_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_GRAPH_REPORT_H_

#include "model/lower/graph.h"
#include "model/lower/passes.h"
#include "tools/command/sim/sim.h"

#include <string>
#include <vector>

namespace lutgemm::tools {

struct GraphCommand {
  std::string model;
  std::string text = "In the beginning was the table.";
  std::string machine = "m2n64k4";
  model::lower::TableKind tables = model::lower::TableKind::kInt8;
  WeightOptions weights;
  size_t tile = 64;
  bool format_given = false;
  bool no_share = false, no_fuse = false, nodes = false, json = false;
};

struct GraphReport {
  model::lower::Graph plain, result;
  std::vector<model::lower::Fusion> fusions;
  size_t precomputes = 0, unshared = 0;
  model::lower::GraphTraffic before, after;  // each product with tables of its own; the result
  bool bit_equal = false;
  size_t tokens = 0, table_builds = 0;
  model::func::Counters counters;
};

Json GraphJson(const GraphCommand& command, const GraphReport& report);
void PrintGraph(const GraphCommand& command, const GraphReport& report);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_GRAPH_REPORT_H_
