// What the subcommands on the LUT Tensor Core's simulator share: the machine that they are told,
// and what it counted.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_SIMULATOR_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_SIMULATOR_H_

#include "model/func/machine.h"
#include "model/lower/simulate.h"
#include "tools/console/report.h"

#include <CLI/CLI.hpp>

#include <string>

namespace lutgemm::tools {

// --machine: a shape, a name of data/machines, or a JSON file.
void AddMachine(CLI::App& command, std::string& machine);

// The weights that the machine has, for help texts, and whether a format is one of them.
inline constexpr char kMachineFormats[] = "int1, int2, int3, int4 or ternary";
Status CheckMachineFormat(WeightFormat format);

// The array that --machine names: a shape, or that of a machine file or of a name of data/machines.
Result<model::Array> ReadTarget(const std::string& machine);
// The exit code where that fails: a bad file is bad input, a bad shape a wrong option.
int TargetFailed(const std::string& machine, const Status& status);

Json CountersJson(const model::func::Counters& counters);
void PrintCounters(const model::func::Counters& counters);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_SIMULATOR_H_
