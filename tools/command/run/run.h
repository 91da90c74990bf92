// lutgemm run: a language model goes on with a text.
#ifndef LUTGEMM_TOOLS_COMMAND_RUN_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_RUN_RUN_H_

#include "tools/command/run/options.h"

namespace lutgemm::tools {

int RunRun(const RunOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_RUN_RUN_H_
