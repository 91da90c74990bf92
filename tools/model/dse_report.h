// Design points and GEMM costs as JSON, CSV and tables.
#ifndef LUTGEMM_TOOLS_MODEL_DSE_REPORT_H_
#define LUTGEMM_TOOLS_MODEL_DSE_REPORT_H_

#include "tools/report.h"

#include "model/cost/gemm.h"
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

// One machine's estimate of a GEMM.
struct MachineCost {
  model::cost::Machine machine;
  model::cost::GemmCost cost;
  model::cost::Roofline roofline;
  std::vector<model::cost::TableRoofline> by_tables;
  model::cost::Terms sm_area;
  model::cost::TileUse tile_use;
};
Json MachineCostsJson(const model::cost::GemmShape& gemm, unsigned weight_bits,
                      std::span<const MachineCost> rows);
void PrintMachineCosts(const model::cost::GemmShape& gemm, unsigned weight_bits,
                       std::span<const MachineCost> rows);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MODEL_DSE_REPORT_H_
