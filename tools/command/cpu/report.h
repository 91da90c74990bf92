// What `lutgemm cpu` shows.
#ifndef LUTGEMM_TOOLS_COMMAND_CPU_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_CPU_REPORT_H_

#include "tools/command/cpu/run.h"

#include <span>

namespace lutgemm::tools {

Json CpuJson(const CpuFacts& facts, std::span<const CpuChoice> choices);
void PrintCpu(const CpuFacts& facts, std::span<const CpuChoice> choices);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_CPU_REPORT_H_
