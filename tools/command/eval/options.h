// lutgemm eval: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_EVAL_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_EVAL_OPTIONS_H_

#include "tools/command/common/language_model.h"
#include "tools/command/common/subcommand.h"
#include "tools/console/lists.h"

#include <lutgemm/lutgemm.hpp>

#include <string>
#include <vector>

namespace lutgemm::tools {

struct EvalOptions {
  ModelFiles files;
  std::string text;
  size_t bytes = 0;  // of the text, from its beginning; 0: all
  size_t context = 512;
  bool reference = false;
  std::vector<Mode> modes{Mode::kExact, Mode::kFast};
  std::vector<ListedFormat> formats;  // beside what the file has
  WeightOptions weights;
  size_t threads = 0;
  bool json = false;
};

void AddEval(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_EVAL_OPTIONS_H_
