// What `lutgemm disasm` shows.
#ifndef LUTGEMM_TOOLS_COMMAND_DISASM_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_DISASM_REPORT_H_

#include "tools/command/disasm/options.h"

#include <cstdint>
#include <span>
#include <string>

namespace lutgemm::tools {

// `text` is that of the words.
Json DisasmJson(const DisasmOptions& options, std::span<const uint64_t> words,
                const std::string& text);
void PrintDisasm(const std::string& text);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DISASM_REPORT_H_
