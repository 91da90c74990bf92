#include "tools/model/dse_report.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace lutgemm::tools {
namespace {

using model::cost::Bound;
using model::cost::Design;
using model::cost::Figures;
using model::cost::GemmCost;
using model::cost::GemmShape;
using model::cost::kBounds;
using model::cost::kTerms;
using model::cost::Name;
using model::cost::Objective;
using model::cost::Point;
using model::cost::Roofline;
using model::cost::Score;
using model::cost::Sweep;
using model::cost::SweepSpec;
using model::cost::TableRoofline;
using model::cost::Term;
using model::cost::Terms;
using model::cost::TileUse;
using model::cost::Unit;

bool HasTables(const Design& design) { return design.unit == Unit::kLut; }

std::string TableText(const Design& d) {
  if (!HasTables(d)) return "-";
  return fmt::format("{} {} x {}{}", d.symmetric ? "half" : "full", TableEntries(d), d.table_bits,
                     FloatEntries(d)    ? " fp"
                     : RoundsEntries(d) ? " rounded"
                                        : "");
}

std::string_view IndexText(const Design& d) {
  if (d.unit == Unit::kMac) return "-";
  return CyclesPerStep(d) > 1 || d.weight_bits == 1 ? "serial" : "parallel";
}

Json TermsJson(const Terms& terms) {
  Json json = Json::object();
  for (size_t i = 0; i < kTerms; ++i) {
    json[std::string(Name(static_cast<Term>(i)))] = terms.value[i];
  }
  return json;
}

Json RooflineJson(const Roofline& r) {
  return {{"ops_per_dram_byte", r.intensity},
          {"ops_per_tile_byte", r.tile_intensity},
          {"ridge", r.ridge},
          {"peak_tops", r.peak_tops},
          {"attained_tops", r.attained_tops}};
}

void AddRoofline(Table& table, std::string machine, std::string tables, const Roofline& r) {
  table.Add({std::move(machine), std::move(tables), fmt::format("{:.0f}", r.tile_intensity),
             fmt::format("{:.0f}", r.intensity), fmt::format("{:.0f}", r.ridge),
             fmt::format("{:.0f}", r.attained_tops), fmt::format("{:.0f}", r.peak_tops)});
}

std::vector<size_t> ByScore(const Sweep& sweep, Objective objective) {
  std::vector<size_t> order(sweep.points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return Score(sweep.points[a].figures, objective) < Score(sweep.points[b].figures, objective);
  });
  // The best point may tie with others; it goes first.
  std::stable_partition(order.begin(), order.end(), [&](size_t i) { return i == sweep.best; });
  return order;
}

Table PointTable(std::string first) {
  return Table({std::move(first), "<shape", "<table", "<index", "um2", "um2/MAC", "fJ/MAC",
                "TOPs/mm2", "TOPs/W"});
}

void AddPoint(Table& table, std::string first, const Point& point) {
  const Figures& f = point.figures;
  const Design& d = point.design;
  table.Add({std::move(first), Name(d.shape), TableText(d), std::string(IndexText(d)),
             fmt::format("{:.0f}", f.area.Total()), fmt::format("{:.2f}", f.area_per_mac),
             fmt::format("{:.2f}", f.energy_per_mac), fmt::format("{:.2f}", f.tops_per_mm2),
             fmt::format("{:.2f}", f.tops_per_watt)});
}

void PrintTerms(const Point& best) {
  Table table({"term", "um2", "%", "fJ/cycle", "%"});
  const Terms &area = best.figures.area, &energy = best.figures.energy;
  const auto add = [&](std::string_view name, double um2, double fj) {
    table.Add({std::string(name), fmt::format("{:.1f}", um2),
               fmt::format("{:.1f}", 100 * um2 / area.Total()), fmt::format("{:.1f}", fj),
               fmt::format("{:.1f}", 100 * fj / energy.Total())});
  };
  for (size_t i = 0; i < kTerms; ++i) {
    const Term term = static_cast<Term>(i);
    if (area[term] != 0 || energy[term] != 0) add(Name(term), area[term], energy[term]);
  }
  add("sum", area.Total(), energy.Total());
  add("without broadcast, registers", area.PaperScope(), energy.PaperScope());
  table.Print();
}

Json MachineCostJson(const MachineCost& row) {
  const GemmCost& c = row.cost;
  Json bounds = Json::object();
  for (size_t i = 0; i < kBounds; ++i) {
    bounds[std::string(Name(static_cast<Bound>(i)))] = c.bound_cycles[i];
  }
  Json by_tables = Json::object();
  for (const TableRoofline& tables : row.by_tables) {
    by_tables[std::string(tables.tables)] = RooflineJson(tables.roofline);
  }
  const TileUse& use = row.tile_use;
  return {{"machine", row.machine.name},
          {"about", row.machine.about},
          {"peak_tops", row.roofline.peak_tops},
          {"cycles", c.cycles},
          {"time_us", c.seconds * 1e6},
          {"bound", Name(c.bound)},
          {"bound_cycles", std::move(bounds)},
          {"array_cycles", c.work.array_cycles},
          {"fill_cycles", c.work.fill_cycles},
          {"array_utilisation", c.array_utilisation},
          {"lookups", c.work.lookups},
          {"precompute_adds", c.work.vector_adds},
          {"bytes",
           {{"registers", c.work.register_bytes},
            {"shared", c.work.shared_bytes},
            {"l2", c.work.l2_bytes},
            {"dram", c.work.dram_bytes}}},
          {"energy_pj",
           {{"total", c.energy.Total()},
            {"array", c.energy.array.Total()},
            {"array_terms", TermsJson(c.energy.array)},
            {"precompute", c.energy.precompute},
            {"registers", c.energy.registers},
            {"shared", c.energy.shared},
            {"l2", c.energy.l2},
            {"dram", c.energy.dram},
            {"lookup_rule", c.lookup_rule_pj}}},
          {"sm_area_um2",
           {{"total", row.sm_area.Total()},
            {"paper_scope", row.sm_area.PaperScope()},
            {"terms", TermsJson(row.sm_area)}}},
          {"tile",
           {{"register_bytes", use.register_bytes},
            {"shared_bytes", use.shared_bytes},
            {"fits", use.fits}}},
          {"roofline_by_tables", std::move(by_tables)},
          {"roofline", RooflineJson(row.roofline)}};
}

}  // namespace

Json PointJson(const Point& point) {
  const Design& d = point.design;
  const Figures& f = point.figures;
  Json json = {{"unit", UnitName(d)},
               {"shape", Name(d.shape)},
               {"m", d.shape.m},
               {"n", d.shape.n},
               {"k", d.shape.k},
               {"table_bits", HasTables(d) ? Json(d.table_bits) : Json(nullptr)},
               {"table_entries", HasTables(d) ? Json(TableEntries(d)) : Json(nullptr)},
               {"rounds_entries", RoundsEntries(d)},
               {"symmetric", HasTables(d) ? Json(d.symmetric) : Json(nullptr)},
               {"bit_serial", IndexText(d) == "serial"},
               {"float_adders", FloatEntries(d)},
               {"cycles_per_step", CyclesPerStep(d)},
               {"on_front", point.on_front},
               {"area_um2", f.area.Total()},
               {"area_paper_scope_um2", f.area.PaperScope()},
               {"energy_fj_per_cycle", f.energy.Total()},
               {"energy_paper_scope_fj_per_cycle", f.energy.PaperScope()},
               {"macs_per_cycle", f.macs_per_cycle},
               {"area_per_mac_um2", f.area_per_mac},
               {"energy_per_mac_fj", f.energy_per_mac},
               {"tops_per_mm2", f.tops_per_mm2},
               {"tops_per_watt", f.tops_per_watt}};
  json["area_terms_um2"] = TermsJson(f.area);
  json["energy_terms_fj_per_cycle"] = TermsJson(f.energy);
  return json;
}

Json SweepJson(const SweepSpec& spec, const Sweep& sweep, std::span<const Point> units) {
  Json front = Json::array(), points = Json::array(), side_by_side = Json::array();
  for (const Point& point : sweep.points) {
    points.push_back(PointJson(point));
    if (point.on_front) front.push_back(points.back());
  }
  for (const Point& unit : units) side_by_side.push_back(PointJson(unit));
  return {{"source", "ours"},
          {"macs", spec.macs},
          {"act", Name(spec.act)},
          {"weight_bits", spec.weight_bits},
          {"acc_bits", spec.acc_bits},
          {"max_k", spec.max_k},
          {"own_precompute", spec.own_precompute},
          {"register_file_bits", spec.extra.register_file_bits},
          {"clock_ghz", spec.clock_ghz},
          {"objective", Name(spec.objective)},
          {"best", PointJson(sweep.points[sweep.best])},
          {"front", std::move(front)},
          {"units", std::move(side_by_side)},
          {"points", std::move(points)}};
}

std::string SweepCsv(const Sweep& sweep) {
  std::string csv =
      "shape,m,n,k,table_bits,table_entries,rounds_entries,symmetric,bit_serial,on_front,best,"
      "area_um2,area_paper_scope_um2,energy_fj_per_cycle,area_per_mac_um2,energy_per_mac_fj,"
      "tops_per_mm2,tops_per_watt\n";
  for (size_t i = 0; i < sweep.points.size(); ++i) {
    const Point& point = sweep.points[i];
    const Design& d = point.design;
    const Figures& f = point.figures;
    csv += fmt::format("{},{},{},{},{},{},{:d},{:d},{:d},{:d},{:d},", Name(d.shape), d.shape.m,
                       d.shape.n, d.shape.k, d.table_bits, TableEntries(d), RoundsEntries(d),
                       d.symmetric, d.bit_serial, point.on_front, i == sweep.best);
    const double values[] = {f.area.Total(), f.area.PaperScope(), f.energy.Total(),
                             f.area_per_mac, f.energy_per_mac,    f.tops_per_mm2,
                             f.tops_per_watt};
    csv += fmt::format("{:.6g}\n", fmt::join(values, ","));
  }
  return csv;
}

void PrintSweep(const SweepSpec& spec, const Sweep& sweep, std::span<const Point> units,
                size_t top) {
  const Point& best = sweep.points[sweep.best];
  const auto on_front = std::count_if(sweep.points.begin(), sweep.points.end(),
                                      [](const Point& point) { return point.on_front; });
  fmt::print(
      "{} one-bit MACs per cycle, {} activations, {} GHz; all figures ours, per MAC of {}-bit "
      "weights\n"
      "{} designs, {} on the front of area and energy; least {}: {}, table {}, {}\n\n",
      spec.macs, Name(spec.act), spec.clock_ghz, spec.weight_bits, sweep.points.size(), on_front,
      Name(spec.objective), Name(best.design.shape), TableText(best.design),
      IndexText(best.design));
  Table table = PointTable("rank");
  const std::vector<size_t> order = ByScore(sweep, spec.objective);
  for (size_t i = 0; i < std::min(top, order.size()); ++i) {
    const Point& point = sweep.points[order[i]];
    AddPoint(table, fmt::format("{}{}", i + 1, point.on_front ? " front" : ""), point);
  }
  table.Print();
  fmt::print("\nTerms of the best\n");
  PrintTerms(best);
  fmt::print("\nUnits side by side, each at its best shape\n");
  Table side_by_side = PointTable("unit");
  for (const Point& unit : units) AddPoint(side_by_side, std::string(UnitName(unit.design)), unit);
  side_by_side.Print();
}

Json MachineCostsJson(const GemmShape& gemm, unsigned weight_bits,
                      std::span<const MachineCost> rows) {
  Json machines = Json::array();
  for (const MachineCost& row : rows) machines.push_back(MachineCostJson(row));
  return {{"source", "ours"},
          {"m", gemm.m},
          {"n", gemm.n},
          {"k", gemm.k},
          {"weight_bits", weight_bits},
          {"machines", std::move(machines)}};
}

void PrintMachineCosts(const GemmShape& gemm, unsigned weight_bits,
                       std::span<const MachineCost> rows) {
  fmt::print("O[{0},{1}] = A[{0},{2}] x W[{1},{2}]^T, {3}-bit weights; all figures ours\n\n",
             gemm.m, gemm.n, gemm.k, weight_bits);
  Table table({"machine", "peak TOPs", "cycles", "us", "<bound", "array %", "DRAM MB", "L2 MB",
               "smem MB", "mJ", "array mJ", "DRAM mJ", "SM mm2", "+ registers"});
  for (const MachineCost& row : rows) {
    const GemmCost& c = row.cost;
    table.Add(
        {row.machine.name, fmt::format("{:.0f}", row.roofline.peak_tops),
         fmt::format("{:.0f}", c.cycles), fmt::format("{:.1f}", c.seconds * 1e6),
         std::string(Name(c.bound)), fmt::format("{:.1f}", 100 * c.array_utilisation),
         fmt::format("{:.1f}", c.work.dram_bytes * 1e-6),
         fmt::format("{:.1f}", c.work.l2_bytes * 1e-6),
         fmt::format("{:.1f}", c.work.shared_bytes * 1e-6),
         fmt::format("{:.2f}", c.energy.Total() * 1e-9),
         fmt::format("{:.2f}", c.energy.array.Total() * 1e-9),
         fmt::format("{:.2f}", c.energy.dram * 1e-9),
         fmt::format("{:.3f}", (row.sm_area.Total() - row.sm_area[Term::kRegisterFile]) * 1e-6),
         fmt::format("{:.3f}", row.sm_area[Term::kRegisterFile] * 1e-6)});
  }
  table.Print();
  for (const MachineCost& row : rows) {
    if (row.tile_use.fits) continue;
    fmt::print(
        "{}: a block's tile takes {:.0f} bytes of registers and {:.0f} of shared memory, "
        "more than there are\n",
        row.machine.name, row.tile_use.register_bytes, row.tile_use.shared_bytes);
  }
  fmt::print("\nMemory roofline: operations per byte\n");
  Table roofline({"machine", "<tables", "of a tile", "of DRAM", "ridge", "TOPs by DRAM", "peak"});
  for (const MachineCost& row : rows) {
    AddRoofline(roofline, row.machine.name, "its own", row.roofline);
    for (const TableRoofline& other : row.by_tables) {
      AddRoofline(roofline, "", std::string(other.tables), other.roofline);
    }
  }
  roofline.Print();
}

}  // namespace lutgemm::tools
