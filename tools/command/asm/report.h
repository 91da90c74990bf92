// What `lutgemm asm` shows.
#ifndef LUTGEMM_TOOLS_COMMAND_ASM_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_ASM_REPORT_H_

#include "model/isa/asm.h"
#include "tools/command/asm/options.h"

namespace lutgemm::tools {

Json AsmJson(const AsmOptions& options, const model::isa::Assembled& assembled);
void PrintAsm(const model::isa::Assembled& assembled);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_ASM_REPORT_H_
