// A compiled product as files: its program, and the global memory that it starts with.
#ifndef LUTGEMM_TOOLS_COMMAND_SIM_EMIT_H_
#define LUTGEMM_TOOLS_COMMAND_SIM_EMIT_H_

#include "tools/command/sim/problem.h"

namespace lutgemm::tools {

// "ieee", "flush".
std::string_view AdderName(model::func::Adder adder);

// Whether a program of that name is a program file, and not assembly text.
bool IsBinaryName(std::string_view path);

// Writes what --emit and --emit-global ask for; `simulation` has its operands and has not run.
Status Emit(const SimOptions& options, const ProblemSetup& setup,
            const model::lower::Simulation& simulation);

// How to run what was written.
void PrintEmitted(const SimOptions& options, const model::lower::Simulation& simulation);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_SIM_EMIT_H_
