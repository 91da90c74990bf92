// What `lutgemm demo` shows.
#ifndef LUTGEMM_TOOLS_COMMAND_DEMO_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_DEMO_REPORT_H_

#include "tools/command/demo/evaluation.h"
#include "tools/console/report.h"

namespace lutgemm::tools {

// `threads` evaluated the held-out text.
Json DemoJson(const DemoReport& report, size_t threads);
void PrintDemo(const DemoReport& report, size_t threads);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DEMO_REPORT_H_
