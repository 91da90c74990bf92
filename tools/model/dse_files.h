// Files that `lutgemm dse` writes: all of a file or nothing of it.
#ifndef LUTGEMM_TOOLS_MODEL_DSE_FILES_H_
#define LUTGEMM_TOOLS_MODEL_DSE_FILES_H_

#include <lutgemm/status.hpp>

#include <string>
#include <string_view>

namespace lutgemm::tools {

// kExists where `path` is there and `overwrite` is not set.
Status WriteTextFile(const std::string& path, std::string_view text, bool overwrite);

// A Python that has matplotlib, or kNotFound with a text that says what to install.
Result<std::string> FindPlotter();

// Runs tools/plot_dse.py, which draws a report of dse into `image_path` (.png, .svg or .pdf) and
// replaces it.
Status PlotSweep(const std::string& python, std::string_view json, const std::string& image_path);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MODEL_DSE_FILES_H_
