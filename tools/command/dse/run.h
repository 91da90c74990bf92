// lutgemm dse: which array of lookup units is best, and what a machine of them would do.
#ifndef LUTGEMM_TOOLS_COMMAND_DSE_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_DSE_RUN_H_

#include "tools/command/dse/options.h"

namespace lutgemm::tools {

int RunDse(const DseOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DSE_RUN_H_
