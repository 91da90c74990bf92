// lutgemm run: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_RUN_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_RUN_OPTIONS_H_

#include "tools/command/common/language_model.h"
#include "tools/command/common/subcommand.h"
#include "tools/console/lists.h"

#include <lutgemm/lutgemm.hpp>

#include <optional>
#include <string>

namespace lutgemm::tools {

struct RunOptions {
  ModelFiles files;
  std::string prompt;
  size_t tokens = 200;
  double temperature = 0;
  uint64_t seed = 1;
  bool chat = false;
  Mode mode = Mode::kFast;
  std::optional<ListedFormat> format;  // none: as the file has them
  WeightOptions weights;
  size_t threads = 0;
};

void AddRun(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_RUN_OPTIONS_H_
