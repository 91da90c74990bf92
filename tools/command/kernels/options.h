// lutgemm kernels: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_KERNELS_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_KERNELS_OPTIONS_H_

#include "tools/command/common/subcommand.h"
#include "tools/console/lists.h"

#include <string>
#include <vector>

namespace lutgemm::tools {

struct KernelsOptions {
  std::vector<ListedFormat> formats = ParseFormats("int1,int2,int3,int4,ternary");
  WeightOptions weights;
  std::vector<size_t> tokens = {1, 2, 4, 8, 16, 64, 512};
  std::vector<Mode> modes = {Mode::kFast, Mode::kExact};
  size_t n = 4096, k = 4096, threads = 1;
  std::string target;
  bool json = false;
};

void AddKernels(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_KERNELS_OPTIONS_H_
