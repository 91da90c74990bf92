// What `lutgemm tune` tells.
#ifndef LUTGEMM_TOOLS_COMMAND_TUNE_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_TUNE_REPORT_H_

#include "tools/command/tune/options.h"

#include <string>
#include <vector>

namespace lutgemm::tools {

// The profile that was written, or would be.
struct TunedProfile {
  std::string path;
  size_t entries = 0;
};
Json TuneJson(const TuneOptions& options, const TunedProfile& profile,
              const std::vector<TuneResult>& results);
void PrintTune(const TuneOptions& options, const TunedProfile& profile,
               const std::vector<TuneResult>& results);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_TUNE_REPORT_H_
