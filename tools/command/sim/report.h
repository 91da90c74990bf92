// What `lutgemm sim` tells of a product.
#ifndef LUTGEMM_TOOLS_COMMAND_SIM_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_SIM_REPORT_H_

#include "tools/command/sim/cost.h"
#include "tools/command/sim/problem.h"

#include <optional>
#include <string>

namespace lutgemm::tools {

struct SimOutcome {
  std::string digest;
  Checked checked;
  double seconds = 0.0;
  SimCost cost;
  std::optional<double> library;  // NMSE against the library's plan, of products of files
  std::string memory_digest;      // of global memory at the end
};

// `simulation` has run the product of `setup`.
Json SimJson(const SimOptions& options, const ProblemSetup& setup,
             const model::lower::Simulation& simulation, const SimOutcome& outcome);
void PrintSim(const SimOptions& options, const ProblemSetup& setup,
              const model::lower::Simulation& simulation, const SimOutcome& outcome);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_SIM_REPORT_H_
