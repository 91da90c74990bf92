#include "tools/command/sim/run.h"

#include "tools/command/common/streams.h"
#include "tools/command/sim/emit.h"

#include <string_view>

namespace lutgemm::tools {
namespace {

// Which options of the arithmetic do not go together; empty where they do.
std::string_view ArithmeticError(const SimOptions& options) {
  const bool exact = options.mode == SimMode::kExact;
  if (options.exponent_quirk && exact) return "--exponent-quirk belongs to --mode rtl";
  if (options.adder && exact) return "--adder belongs to --mode rtl";
  if (options.mode == SimMode::kReleased && options.adder == model::func::Adder::kIeee) {
    return "--mode released has --adder flush; for another one say --mode rtl --exponent-quirk";
  }
  return {};
}

}  // namespace

int RunSim(const SimOptions& options) {
  const int sources =
      !options.file.empty() + !options.problem.empty() + !options.weights_file.empty();
  if (sources != 1) {
    return UsageError(
        "give a program or a product: `lutgemm sim FILE`, --problem MxNxK, or --weights and --act");
  }
  if (const auto error = ArithmeticError(options); !error.empty()) return UsageError(error);
  const bool writes =
      !options.dump.empty() || !options.emit.empty() || !options.emit_global.empty();
  if (options.force && !writes) return UsageError("--force belongs to --dump and --emit");
  if (!options.emit.empty() && !IsBinaryName(options.emit) && !options.emit.ends_with(".s")) {
    return UsageError("--emit writes assembly text (.s) or a program file (.bin), not " +
                      options.emit);
  }
  if (options.trace) ReportOnStderr();
  return options.file.empty() ? SimulateProblem(options) : SimulateProgram(options);
}

}  // namespace lutgemm::tools
