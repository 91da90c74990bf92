#include "tools/command/cpu/options.h"

#include "tools/command/cpu/run.h"
#include "tools/console/options.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "cpu", "Show targets, caches and what will be used here",
    R"(Targets are instruction sets, best first; the first is used unless a target is forced.
`lutgemm kernels` lists the kernels; `lutgemm explain` tells why one is chosen.)",
    R"(  lutgemm cpu
  lutgemm cpu --json)"};

void Declare(CLI::App& command, CpuOptions& options) { AddJson(command, options.json); }

}  // namespace

void AddCpu(CLI::App& app, Context& context) {
  AddSubcommand<CpuOptions>(app, context, kTexts, &Declare, &RunCpu);
}

}  // namespace lutgemm::tools
