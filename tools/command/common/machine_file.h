// Machine descriptions by name or by path.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_MACHINE_FILE_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_MACHINE_FILE_H_

#include "model/cost/machine.h"

#include <string>
#include <vector>

namespace lutgemm::tools {

// Names that LoadMachine knows: the files of data/machines, sorted.
std::vector<std::string> MachineNames();

// The file of such a name; any other text as it is.
std::string MachinePath(const std::string& which);

// `which` is such a name or, where it has a '/' or ends in ".json", a path.
Result<model::cost::Machine> LoadMachine(const std::string& which);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_MACHINE_FILE_H_
