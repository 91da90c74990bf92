// lutgemm tune: times the kernels that could run a product, and writes the best into a profile.
#ifndef LUTGEMM_TOOLS_COMMAND_TUNE_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_TUNE_RUN_H_

#include "tools/command/tune/options.h"

namespace lutgemm::tools {

int RunTune(TuneOptions options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_TUNE_RUN_H_
