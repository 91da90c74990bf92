// lutgemm asm: assembly text of the LUT Tensor Core to words.
#ifndef LUTGEMM_TOOLS_COMMAND_ASM_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_ASM_RUN_H_

#include "tools/command/asm/options.h"

namespace lutgemm::tools {

int RunAsm(const AsmOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_ASM_RUN_H_
