// lutgemm dse: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_DSE_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_DSE_OPTIONS_H_

#include "model/cost/sweep.h"
#include "model/cost/ternary.h"
#include "tools/command/common/subcommand.h"

#include <optional>
#include <string>
#include <vector>

namespace lutgemm::tools {

struct DseOptions {
  const CLI::App* command = nullptr;  // tells which options were given
  model::cost::SweepSpec spec;
  model::cost::TernarySpec ternary_spec;
  std::optional<double> clock_ghz;
  std::vector<std::string> machines;  // names or paths
  std::string problem, ternary;       // MxNxK
  size_t top = 10;
  std::string out, plot;
  bool paper = false, force = false, json = false;
};

void AddDse(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DSE_OPTIONS_H_
