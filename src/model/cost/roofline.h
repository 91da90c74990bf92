// Memory roofline of a GEMM on a machine: operations per byte of DRAM, where the ridge lies.
#ifndef LUTGEMM_MODEL_COST_ROOFLINE_H_
#define LUTGEMM_MODEL_COST_ROOFLINE_H_

#include "model/cost/machine.h"
#include "model/cost/shape.h"

#include <string_view>
#include <vector>

namespace lutgemm::model::cost {

struct Roofline {
  double intensity = 0;       // operations per DRAM byte
  double tile_intensity = 0;  // operations per byte that a block's tile reads, without any reuse
  double ridge = 0;           // intensity from which arrays bind
  double peak_tops = 0;
  double attained_tops = 0;  // by DRAM and arrays alone
};
Roofline RooflineOf(const Shape& gemm, const Machine& machine, unsigned weight_bits);

// The same arrays with other tables: full, half, half of 8-bit entries; none for machines without
// tables.
struct TableRoofline {
  std::string_view tables;  // "full", "half", "half, 8 bits"
  Roofline roofline;
};
std::vector<TableRoofline> RooflineByTables(const Shape& gemm, const Machine& machine,
                                            unsigned weight_bits);

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_ROOFLINE_H_
