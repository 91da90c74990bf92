// lutgemm repack: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_REPACK_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_REPACK_OPTIONS_H_

#include "tools/command/common/channel_fold.h"
#include "tools/command/common/checkpoint.h"
#include "tools/command/common/subcommand.h"
#include "tools/console/options.h"

#include <lutgemm/import.hpp>

#include <string>

namespace lutgemm::tools {

struct RepackOptions {
  std::string in, out;
  std::string importance;  // a file, or empty
  WeightOptions weights;
  TensorFilter filter;
  ImportOptions import;
  OrderScope order = OrderScope::kNone;
  size_t head_dim = 0;
  size_t threads = 0;
  bool scale_search = false, dry_run = false, force = false, json = false;
};

void AddRepack(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_REPACK_OPTIONS_H_
