// lutgemm bench: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_BENCH_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_BENCH_OPTIONS_H_

#include "tools/command/common/subcommand.h"
#include "tools/console/lists.h"
#include "tools/measure/report.h"

#include <optional>
#include <string>
#include <vector>

namespace lutgemm::tools {

struct BenchShape {
  size_t m, n, k;
};

struct BenchOptions {
  std::vector<ListedFormat> formats = ParseFormats(kUsualFormats);
  std::vector<BenchShape> shapes = {{1, 4096, 4096}, {64, 4096, 4096}};
  std::vector<Mode> modes = {Mode::kFast};
  WeightOptions weights;
  BenchSettings settings;
  std::string target, kernel;
  std::optional<Producer::Kind> producer;
  bool baseline = false, json = false;
};

void AddBench(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_BENCH_OPTIONS_H_
