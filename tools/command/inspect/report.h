// What `lutgemm inspect` shows.
#ifndef LUTGEMM_TOOLS_COMMAND_INSPECT_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_INSPECT_REPORT_H_

#include "tools/command/inspect/run.h"

#include <cstdint>

namespace lutgemm::tools {

// `bytes` are those of all files of the checkpoint.
Json InspectJson(const InspectOptions& options, const TensorFile& file, uint64_t bytes,
                 const Inspected& contents);
void PrintInspect(const InspectOptions& options, const TensorFile& file, uint64_t bytes,
                  const Inspected& contents);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_INSPECT_REPORT_H_
