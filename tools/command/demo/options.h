// lutgemm demo: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_DEMO_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_DEMO_OPTIONS_H_

#include "tools/command/common/subcommand.h"
#include "tools/command/demo/evaluation.h"

namespace lutgemm::tools {

struct DemoOptions {
  DemoSpec spec;
  size_t threads = 0;
  bool json = false;
};

void AddDemo(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DEMO_OPTIONS_H_
