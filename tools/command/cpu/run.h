// lutgemm cpu: what the library finds on this machine and what it will use.
#ifndef LUTGEMM_TOOLS_COMMAND_CPU_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_CPU_RUN_H_

#include "tools/command/cpu/options.h"

#include <lutgemm/plan.hpp>

#include <cstddef>
#include <string>

namespace lutgemm::tools {

// One line of "what will be used": a kCpuSide x kCpuSide product of default weights.
struct CpuChoice {
  WeightInfo info;
  Mode mode;
  size_t m;
  std::string kernel, target;
};

inline constexpr size_t kCpuSide = 4096;

int RunCpu(const CpuOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_CPU_RUN_H_
