// lutgemm demo: a small language model in every format, measured on held-out text.
#ifndef LUTGEMM_TOOLS_COMMAND_DEMO_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_DEMO_RUN_H_

#include "tools/command/demo/options.h"

namespace lutgemm::tools {

int RunDemoCommand(const DemoOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DEMO_RUN_H_
