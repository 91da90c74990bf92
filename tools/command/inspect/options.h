// lutgemm inspect: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_INSPECT_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_INSPECT_OPTIONS_H_

#include "tools/command/common/subcommand.h"

#include <lutgemm/import.hpp>

#include <string>

namespace lutgemm::tools {

struct InspectOptions {
  std::string file;
  ImportOptions import;
  bool json = false;
};

void AddInspect(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_INSPECT_OPTIONS_H_
