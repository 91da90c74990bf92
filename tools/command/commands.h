// All subcommands of `lutgemm`, a folder each.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMANDS_H_
#define LUTGEMM_TOOLS_COMMAND_COMMANDS_H_

#include "tools/command/common/subcommand.h"

#include <CLI/CLI.hpp>

namespace lutgemm::tools {

// Makes `app` the command: texts, version and every subcommand. Parsing a command line then runs
// the subcommand that it names and leaves the exit code in the context.
void MakeCommand(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMANDS_H_
