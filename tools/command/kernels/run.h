// lutgemm kernels: which kernels can multiply weights of a format here, and which a plan takes.
#ifndef LUTGEMM_TOOLS_COMMAND_KERNELS_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_KERNELS_RUN_H_

#include "tools/command/kernels/options.h"

#include <lutgemm/plan.hpp>

namespace lutgemm::tools {

// A kernel that can multiply some weights on the target.
struct UsableKernel {
  WeightInfo info;
  LayoutId layout;
  Mode mode;
  const KernelInfo* kernel;
  std::vector<size_t> chosen;  // numbers of tokens
};

int RunKernels(const KernelsOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_KERNELS_RUN_H_
