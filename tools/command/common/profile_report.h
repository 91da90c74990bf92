// What commands say about the profile that plans follow.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_PROFILE_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_PROFILE_REPORT_H_

#include "tools/console/report.h"

#include <string>

namespace lutgemm::tools {

// One line: off, followed with so many entries, or ignored and why.
std::string ProfileText();
// {"state": "off", "followed" or "ignored", "path", "entries", "reason"}
Json ProfileJson();

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_PROFILE_REPORT_H_
