// Design points as JSON, CSV and tables.
#ifndef LUTGEMM_TOOLS_COMMAND_DSE_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_DSE_REPORT_H_

#include "tools/command/common/machine_report.h"

#include "model/cost/sweep.h"

#include <span>

namespace lutgemm::tools {

Json PointJson(const model::cost::Point& point);
// Settings, best, front, every point, units side by side.
Json SweepJson(const model::cost::SweepSpec& spec, const model::cost::Sweep& sweep,
               std::span<const model::cost::Point> units);
// One line per point and a header; the same numbers as the JSON.
std::string SweepCsv(const model::cost::Sweep& sweep);
// Prints the front, the `top` best points, the best one's terms and the units.
void PrintSweep(const model::cost::SweepSpec& spec, const model::cost::Sweep& sweep,
                std::span<const model::cost::Point> units, size_t top);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_DSE_REPORT_H_
