// lutgemm tune: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_TUNE_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_TUNE_OPTIONS_H_

#include "tools/command/common/subcommand.h"
#include "tools/command/tune/tuner.h"
#include "tools/console/lists.h"

#include <string>
#include <vector>

namespace lutgemm::tools {

struct TuneOptions {
  std::vector<ListedFormat> formats = ParseFormats(kUsualFormats);
  WeightOptions weights;  // that hold for all of these
  struct Shape {
    size_t n, k;
  };
  std::vector<Shape> shapes = {{4096, 4096}};
  std::string packed;  // the file whose weights count instead of all these; empty: none
  TuneSpec spec;
  size_t working_set_mib = 64;
  double min_time_ms = 50;
  std::string output;  // empty: the default
  bool force = false, dry_run = false, json = false;
};

void AddTune(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_TUNE_OPTIONS_H_
