// Costs of GEMMs on machines as JSON and tables.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_MACHINE_REPORT_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_MACHINE_REPORT_H_

#include "tools/console/report.h"

#include "model/cost/gemm.h"
#include "model/cost/roofline.h"

#include <span>
#include <vector>

namespace lutgemm::tools {

// An object of all terms by their names.
Json TermsJson(const model::cost::Terms& terms);

// Cycles, bounds, bytes per level, energy terms.
Json GemmCostJson(const model::cost::GemmCost& cost);

// One machine's estimate of a GEMM.
struct MachineCost {
  model::cost::Machine machine;
  model::cost::GemmCost cost;
  model::cost::Roofline roofline;
  std::vector<model::cost::TableRoofline> by_tables;
  model::cost::Terms sm_area;
  model::cost::TileUse tile_use;
};
Json MachineCostsJson(const model::Shape& gemm, unsigned weight_bits,
                      std::span<const MachineCost> rows);
void PrintMachineCosts(const model::Shape& gemm, unsigned weight_bits,
                       std::span<const MachineCost> rows);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_MACHINE_REPORT_H_
