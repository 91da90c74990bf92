// lutgemm sim bitmod: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_SIM_BITMOD_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_SIM_BITMOD_OPTIONS_H_

#include "tools/command/common/subcommand.h"

#include <cstddef>
#include <string>
#include <vector>

namespace lutgemm::tools {
namespace bitmod {

struct Settings {
  std::string model = "llama2-7b";
  std::string dtypes = "all";  // names with commas
  std::string attention = "merged";
  size_t context = 256;
  size_t decode_tokens = 20;
  bool selectors = false;
  std::vector<std::string> set;  // KEY=VALUE
  bool json = false;
};

}  // namespace bitmod

// Below `lutgemm sim`.
void AddSimBitmod(CLI::App& sim, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_SIM_BITMOD_OPTIONS_H_
