#include "tools/command/dse/ternary.h"

#include <fmt/core.h>

namespace lutgemm::tools {

using model::Shape;
using model::cost::TernaryRow;

Json TernaryJson(const Shape& gemm, std::span<const TernaryRow> rows) {
  Json list = Json::array();
  for (const TernaryRow& row : rows) {
    list.push_back({{"engine", row.engine},
                    {"encoding", row.encoding},
                    {"exact", row.exact},
                    {"readers", row.readers},
                    {"trits_per_group", row.trits_per_group},
                    {"lookups_per_group", row.lookups_per_group},
                    {"entries", row.entries},
                    {"entry_bits", row.entry_bits},
                    {"table_bits", row.table_bits},
                    {"weight_bits", row.weight_bits},
                    {"weight_bytes", row.weight_bytes},
                    {"index_bits_per_cycle", row.index_bits_per_cycle},
                    {"cycles", row.cycles},
                    {"stall_cycles", row.stall_cycles},
                    {"fits_buffer", row.fits_buffer},
                    {"lookups", row.lookups},
                    {"table_adds", row.table_adds},
                    {"area_um2", row.area_um2}});
  }
  return {
      {"source", "ours"}, {"m", gemm.m}, {"n", gemm.n}, {"k", gemm.k}, {"rows", std::move(list)}};
}

void PrintTernary(const Shape& gemm, std::span<const TernaryRow> rows) {
  fmt::print(
      "Ternary O[{0},{1}] = A[{0},{2}] x W[{1},{2}]^T, int8 activations, {3} lookups per cycle\n"
      "each; all figures ours\n\n",
      gemm.m, gemm.n, gemm.k, rows.front().readers);
  Table table({"engine", "<encoding", "<exact", "trits/lookup", "entries", "table bits",
               "bits/trit", "weight bytes", "index bits/cycle", "cycles", "stalls", "lookups",
               "table adds", "um2"});
  for (const TernaryRow& row : rows) {
    table.Add({row.engine, row.encoding, row.exact ? "yes" : "no",
               NumberText(double(row.trits_per_group) / row.lookups_per_group),
               fmt::format("{} x {}", row.entries, row.entry_bits),
               fmt::format("{}", row.table_bits), NumberText(row.weight_bits),
               fmt::format("{}", row.weight_bytes), fmt::format("{}", row.index_bits_per_cycle),
               NumberText(row.cycles), NumberText(row.stall_cycles), NumberText(row.lookups),
               NumberText(row.table_adds), NumberText(row.area_um2)});
  }
  table.Print();
}

}  // namespace lutgemm::tools
