// lutgemm disasm: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_DISASM_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_DISASM_OPTIONS_H_

#include "tools/command/common/subcommand.h"

#include <string>
#include <vector>

namespace lutgemm::tools {

struct DisasmOptions {
  std::string file;
  std::vector<std::string> words;
  bool json = false;
};

void AddDisasm(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DISASM_OPTIONS_H_
