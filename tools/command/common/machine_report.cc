#include "tools/command/common/machine_report.h"

#include <fmt/core.h>

namespace lutgemm::tools {
namespace {

using model::Shape;
using model::cost::Bound;
using model::cost::GemmCost;
using model::cost::kBounds;
using model::cost::Roofline;
using model::cost::TableRoofline;
using model::cost::Term;
using model::cost::TileUse;

Json RooflineJson(const Roofline& r) {
  return {{"ops_per_dram_byte", r.intensity},
          {"ops_per_tile_byte", r.tile_intensity},
          {"ridge", r.ridge},
          {"peak_tops", r.peak_tops},
          {"attained_tops", r.attained_tops}};
}

Json EnergyJson(const GemmCost& c) {
  return {{"total", c.energy.Total()},
          {"array", c.energy.array.Total()},
          {"array_terms", TermsJson(c.energy.array)},
          {"precompute", c.energy.precompute},
          {"registers", c.energy.registers},
          {"shared", c.energy.shared},
          {"l2", c.energy.l2},
          {"dram", c.energy.dram},
          {"lookup_rule", c.lookup_rule_pj}};
}

Json MachineCostJson(const MachineCost& row) {
  Json by_tables = Json::object();
  for (const TableRoofline& tables : row.by_tables) {
    by_tables[std::string(tables.tables)] = RooflineJson(tables.roofline);
  }
  const TileUse& use = row.tile_use;
  Json json = {{"machine", row.machine.name},
               {"about", row.machine.about},
               {"peak_tops", row.roofline.peak_tops}};
  json.update(GemmCostJson(row.cost));
  json["sm_area_um2"] = {{"total", row.sm_area.Total()},
                         {"paper_scope", row.sm_area.PaperScope()},
                         {"terms", TermsJson(row.sm_area)}};
  json["tile"] = {{"register_bytes", use.register_bytes}, {"shared_bytes", use.shared_bytes}};
  json["roofline_by_tables"] = std::move(by_tables);
  json["roofline"] = RooflineJson(row.roofline);
  return json;
}

void AddRoofline(Table& table, std::string machine, std::string tables, const Roofline& r) {
  table.Add({std::move(machine), std::move(tables), NumberText(r.tile_intensity),
             NumberText(r.intensity), NumberText(r.ridge), NumberText(r.attained_tops),
             NumberText(r.peak_tops)});
}

void PrintRooflines(std::span<const MachineCost> rows) {
  fmt::print("\nMemory roofline: operations per byte\n");
  Table table({"machine", "<tables", "of a tile", "of DRAM", "ridge", "TOPs by DRAM", "peak"});
  for (const MachineCost& row : rows) {
    AddRoofline(table, row.machine.name, "its own", row.roofline);
    for (const TableRoofline& other : row.by_tables) {
      AddRoofline(table, "", std::string(other.tables), other.roofline);
    }
  }
  table.Print();
}

}  // namespace

Json TermsJson(const model::cost::Terms& terms) {
  Json json = Json::object();
  for (size_t i = 0; i < model::cost::kTerms; ++i) {
    json[std::string(Name(static_cast<model::cost::Term>(i)))] = terms.value[i];
  }
  return json;
}

Json GemmCostJson(const GemmCost& c) {
  Json bounds = Json::object();
  for (size_t i = 0; i < kBounds; ++i) {
    bounds[std::string(Name(static_cast<Bound>(i)))] = c.bound_cycles[i];
  }
  Json json = {{"cycles", c.cycles},
               {"time_us", c.seconds * 1e6},
               {"bound", Name(c.bound)},
               {"bound_cycles", std::move(bounds)},
               {"array_cycles", c.work.array_cycles},
               {"fill_cycles", c.work.fill_cycles},
               {"array_utilisation", c.array_utilisation},
               {"lookups", c.work.lookups},
               {"precompute_adds", c.work.vector_adds}};
  json["bytes"] = {{"registers", c.work.register_bytes},
                   {"shared", c.work.shared_bytes},
                   {"l2", c.work.l2_bytes},
                   {"dram", c.work.dram_bytes}};
  json["energy_pj"] = EnergyJson(c);
  return json;
}

Json MachineCostsJson(const Shape& gemm, unsigned weight_bits, std::span<const MachineCost> rows) {
  Json machines = Json::array();
  for (const MachineCost& row : rows) machines.push_back(MachineCostJson(row));
  return {{"source", "ours"},
          {"m", gemm.m},
          {"n", gemm.n},
          {"k", gemm.k},
          {"weight_bits", weight_bits},
          {"machines", std::move(machines)}};
}

void PrintMachineCosts(const Shape& gemm, unsigned weight_bits, std::span<const MachineCost> rows) {
  fmt::print("O[{0},{1}] = A[{0},{2}] x W[{1},{2}]^T, {3}-bit weights; all figures ours\n\n",
             gemm.m, gemm.n, gemm.k, weight_bits);
  Table table({"machine", "peak TOPs", "cycles", "us", "<bound", "array %", "DRAM MB", "L2 MB",
               "smem MB", "mJ", "array mJ", "DRAM mJ", "SM mm2", "+ registers"});
  for (const MachineCost& row : rows) {
    const GemmCost& c = row.cost;
    table.Add({row.machine.name, NumberText(row.roofline.peak_tops), NumberText(c.cycles),
               NumberText(c.seconds * 1e6), std::string(Name(c.bound)),
               NumberText(100 * c.array_utilisation), NumberText(c.work.dram_bytes * 1e-6),
               NumberText(c.work.l2_bytes * 1e-6), NumberText(c.work.shared_bytes * 1e-6),
               NumberText(c.energy.Total() * 1e-9), NumberText(c.energy.array.Total() * 1e-9),
               NumberText(c.energy.dram * 1e-9),
               NumberText((row.sm_area.Total() - row.sm_area[Term::kRegisterFile]) * 1e-6),
               NumberText(row.sm_area[Term::kRegisterFile] * 1e-6)});
  }
  table.Print();
  PrintRooflines(rows);
}

}  // namespace lutgemm::tools
