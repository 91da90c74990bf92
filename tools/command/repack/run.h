// lutgemm repack: quantises and packs the matrices of a checkpoint into one file.
#ifndef LUTGEMM_TOOLS_COMMAND_REPACK_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_REPACK_RUN_H_

#include "tools/command/repack/options.h"

namespace lutgemm::tools {

int RunRepack(const RepackOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_REPACK_RUN_H_
