// lutgemm graph: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_GRAPH_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_GRAPH_OPTIONS_H_

#include "model/lower/passes.h"
#include "tools/command/common/subcommand.h"
#include "tools/console/options.h"

#include <string>

namespace lutgemm::tools {

struct GraphOptions {
  std::string model;
  std::string text = "In the beginning was the table.";
  std::string machine = "m2n64k4";
  model::lower::TableKind tables = model::lower::TableKind::kInt8;
  WeightOptions weights;
  size_t tile = 64;
  bool format_given = false;
  bool no_share = false, no_fuse = false, nodes = false, json = false;
};

void AddGraph(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_GRAPH_OPTIONS_H_
