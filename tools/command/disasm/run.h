// lutgemm disasm: words of the LUT Tensor Core to assembly text.
#ifndef LUTGEMM_TOOLS_COMMAND_DISASM_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_DISASM_RUN_H_

#include "tools/command/disasm/options.h"

namespace lutgemm::tools {

int RunDisasm(const DisasmOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DISASM_RUN_H_
