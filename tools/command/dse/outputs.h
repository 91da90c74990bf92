// The files that a sweep of `lutgemm dse` writes.
#ifndef LUTGEMM_TOOLS_COMMAND_DSE_OUTPUTS_H_
#define LUTGEMM_TOOLS_COMMAND_DSE_OUTPUTS_H_

#include "model/cost/sweep.h"
#include "tools/command/common/output_file.h"
#include "tools/command/dse/options.h"

#include <optional>
#include <string>

namespace lutgemm::tools {

// The files that a sweep writes, made before any is written.
struct SweepFiles {
  std::optional<OutputFile> json, csv, plot;
  std::string plotter, plot_kind;
};

// Opens what --out and --plot ask for. kBadArgument for names that no file can have, and for files
// that the command reads or writes twice.
Result<SweepFiles> OpenSweepFiles(const DseOptions& options);

// Finds what draws the plot, if there is one to be drawn.
Status FindPlotterOf(SweepFiles& files);

// `report` as JSON and as a plot, `sweep` as CSV.
Status WriteSweepFiles(SweepFiles& files, const Json& report, const model::cost::Sweep& sweep);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DSE_OUTPUTS_H_
