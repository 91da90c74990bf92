// lutgemm explain: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_EXPLAIN_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_EXPLAIN_OPTIONS_H_

#include "tools/command/common/subcommand.h"
#include "tools/console/options.h"

namespace lutgemm::tools {

struct ExplainOptions {
  WeightOptions weights;
  size_t m = 1, n = 0, k = 0, threads = 1;
  Mode mode = Mode::kFast;
  Elem act = Elem::kF32, out = Elem::kF32;
  uint32_t block = 0, act_bfp = 0;
  std::string target, kernel;
  bool json = false;
};

void AddExplain(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_EXPLAIN_OPTIONS_H_
