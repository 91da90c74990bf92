// lutgemm cpu: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_CPU_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_CPU_OPTIONS_H_

#include "tools/command/common/subcommand.h"

namespace lutgemm::tools {

struct CpuOptions {
  bool json = false;
};

void AddCpu(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_CPU_OPTIONS_H_
