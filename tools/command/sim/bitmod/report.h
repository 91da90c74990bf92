// What `lutgemm sim bitmod` shows.
#ifndef LUTGEMM_TOOLS_COMMAND_SIM_BITMOD_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_SIM_BITMOD_REPORT_H_

#include "tools/command/sim/bitmod/run.h"
#include "tools/console/report.h"

namespace lutgemm::tools::bitmod {

Json ReportJson(const Settings& settings, const Report& report);
void PrintReport(const Settings& settings, const Report& report);

}  // namespace lutgemm::tools::bitmod

#endif  // LUTGEMM_TOOLS_COMMAND_SIM_BITMOD_REPORT_H_
