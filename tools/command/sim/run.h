// lutgemm sim: the LUT Tensor Core's functional simulator runs a compiled product with its check,
// or a program.
#ifndef LUTGEMM_TOOLS_COMMAND_SIM_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_SIM_RUN_H_

#include "tools/command/sim/options.h"

namespace lutgemm::tools {

int RunSim(const SimOptions& options);

// Either of them: runs, prints, and returns the exit code.
int SimulateProblem(const SimOptions& options);
int SimulateProgram(const SimOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_SIM_RUN_H_
