#include "model/cost/roofline.h"

#include "model/cost/gemm.h"

#include <algorithm>

namespace lutgemm::model::cost {

Roofline RooflineOf(const Shape& gemm, const Machine& machine, unsigned weight_bits) {
  const GemmCost cost = EstimateGemm(gemm, machine, weight_bits);
  const OperandBytes bytes = BytesOf(DesignFor(machine, weight_bits));
  const double m = double(std::min(gemm.m, machine.tile.block_m));
  const double n = double(std::min(gemm.n, machine.tile.block_n));
  Roofline r;
  r.intensity = 2 * double(gemm.m) * double(gemm.n) * double(gemm.k) / cost.work.dram_bytes;
  r.tile_intensity = 2 * m * n / (m * bytes.act + n * bytes.weight);
  r.peak_tops = PeakTops(machine, weight_bits);
  const double dram_tb_per_s = machine.dram.bytes_per_cycle * machine.clock_mhz * 1e-6;
  r.ridge = r.peak_tops / dram_tb_per_s;
  r.attained_tops = std::min(r.peak_tops, r.intensity * dram_tb_per_s);
  return r;
}

std::vector<TableRoofline> RooflineByTables(const Shape& gemm, const Machine& machine,
                                            unsigned weight_bits) {
  if (machine.design.unit != Unit::kLut) return {};
  const unsigned raw = RawTableBits(machine.design.act, machine.design.shape.k);
  const struct {
    std::string_view tables;
    bool symmetric;
    unsigned table_bits;
  } kinds[] = {{"full", false, raw}, {"half", true, raw}, {"half, 8 bits", true, 8}};
  std::vector<TableRoofline> rows;
  for (const auto& kind : kinds) {
    Machine other = machine;
    other.design.symmetric = kind.symmetric;
    other.design.table_bits = kind.table_bits;
    rows.push_back({kind.tables, RooflineOf(gemm, other, weight_bits)});
  }
  return rows;
}

}  // namespace lutgemm::model::cost
