// What `lutgemm kernels` shows.
#ifndef LUTGEMM_TOOLS_COMMAND_KERNELS_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_KERNELS_REPORT_H_

#include "tools/command/kernels/run.h"

#include <span>
#include <string_view>

namespace lutgemm::tools {

Json KernelsJson(std::string_view target, std::span<const UsableKernel> kernels);
void PrintKernels(std::string_view target, std::span<const UsableKernel> kernels);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_KERNELS_REPORT_H_
