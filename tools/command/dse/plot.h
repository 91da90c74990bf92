// Plots of `lutgemm dse`.
#ifndef LUTGEMM_TOOLS_COMMAND_DSE_PLOT_H_
#define LUTGEMM_TOOLS_COMMAND_DSE_PLOT_H_

#include <lutgemm/status.hpp>

#include <string>
#include <string_view>

namespace lutgemm::tools {

// A Python that has matplotlib, or kNotFound with a text that says what to install.
Result<std::string> FindPlotter();

// The bytes of an image of a report of dse, as plot_dse.py draws it; `kind` is png, svg or
// pdf.
Result<std::string> PlotSweep(const std::string& python, std::string_view json,
                              const std::string& kind);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DSE_PLOT_H_
