// lutgemm asm: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_ASM_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_ASM_OPTIONS_H_

#include "tools/command/common/subcommand.h"

#include <string>

namespace lutgemm::tools {

struct AsmOptions {
  std::string file, output;
  bool force = false, json = false;
};

void AddAsm(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_ASM_OPTIONS_H_
