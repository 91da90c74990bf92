// What `lutgemm dse` does once its command line is read.
#ifndef LUTGEMM_TOOLS_COMMAND_DSE_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_DSE_RUN_H_

#include "model/cost/sweep.h"
#include "model/cost/ternary.h"

#include <optional>
#include <string>
#include <vector>

namespace lutgemm::tools {

struct DseOptions {
  model::cost::SweepSpec spec;
  model::cost::TernarySpec ternary_spec;
  std::optional<double> clock_ghz;
  std::vector<std::string> machines;  // names or paths
  std::string problem, ternary;       // MxNxK
  size_t top = 10;
  std::string out, plot;
  bool paper = false, force = false, json = false;
};

// Each prints its report and returns the exit code.
int RunDseSweep(const DseOptions& options);
int RunDseProblem(const DseOptions& options);
int RunDseTernary(const DseOptions& options);
int RunDsePaper(const DseOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DSE_RUN_H_
