#include "tools/command/kernels/report.h"

#include "tools/command/common/quantised.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>

namespace lutgemm::tools {
namespace {

std::string TokensText(const KernelInfo& kernel) {
  if (kernel.most_tokens == 0) return fmt::format("{}+", kernel.least_tokens);
  return fmt::format("{}-{}", kernel.least_tokens, kernel.most_tokens);
}

}  // namespace

Json KernelsJson(std::string_view target, std::span<const UsableKernel> kernels) {
  Json list = Json::array();
  for (const UsableKernel& line : kernels) {
    list.push_back({{"format", Name(line.info.format)},
                    {"group", GroupJson(line.info.group)},
                    {"layout", Name(line.layout)},
                    {"mode", Name(line.mode)},
                    {"kernel", line.kernel->name},
                    {"method", Name(line.kernel->method)},
                    {"regime", Name(line.kernel->regime)},
                    {"least_tokens", line.kernel->least_tokens},
                    {"most_tokens", line.kernel->most_tokens},
                    {"chosen_for", line.chosen},
                    {"what", line.kernel->what}});
  }
  return {{"target", target}, {"kernels", std::move(list)}};
}

void PrintKernels(std::string_view target, std::span<const UsableKernel> kernels) {
  fmt::print("target {}\n\n", target);
  Table table(
      {"format", "group", "<layout", "<mode", "<regime", "<kernel", "tokens", "<chosen for M"});
  for (const UsableKernel& line : kernels) {
    table.Add({std::string(Name(line.info.format)), GroupsText(line.info),
               std::string(Name(line.layout)), std::string(Name(line.mode)),
               std::string(Name(line.kernel->regime)), std::string(line.kernel->name),
               TokensText(*line.kernel),
               line.chosen.empty() ? "-" : fmt::format("{}", fmt::join(line.chosen, " "))});
  }
  table.Print();
}

}  // namespace lutgemm::tools
