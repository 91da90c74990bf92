// What `lutgemm repack` tells.
#ifndef LUTGEMM_TOOLS_COMMAND_REPACK_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_REPACK_REPORT_H_

#include "tools/command/repack/repacker.h"

#include <cstdint>

namespace lutgemm::tools {

// Bytes of all files.
struct RepackSizes {
  uint64_t before = 0, after = 0;
};
Json RepackJson(const RepackOptions& options, const Repacked& repacked, const RepackSizes& sizes);
void PrintRepack(const RepackOptions& options, const Repacked& repacked, const RepackSizes& sizes);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_REPACK_REPORT_H_
