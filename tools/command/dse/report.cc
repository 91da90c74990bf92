#include "tools/command/dse/report.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace lutgemm::tools {
namespace {

using model::cost::Design;
using model::cost::Figures;
using model::cost::kTerms;
using model::cost::Name;
using model::cost::Objective;
using model::cost::Point;
using model::cost::Score;
using model::cost::Sweep;
using model::cost::SweepSpec;
using model::cost::Term;
using model::cost::Terms;
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
             NumberText(f.area.Total()), NumberText(f.area_per_mac), NumberText(f.energy_per_mac),
             NumberText(f.tops_per_mm2), NumberText(f.tops_per_watt)});
}

void PrintTerms(const Point& best) {
  Table table({"term", "um2", "%", "fJ/cycle", "%"});
  const Terms &area = best.figures.area, &energy = best.figures.energy;
  const auto add = [&](std::string_view name, double um2, double fj) {
    table.Add({std::string(name), NumberText(um2), NumberText(100 * um2 / area.Total()),
               NumberText(fj), NumberText(100 * fj / energy.Total())});
  };
  for (size_t i = 0; i < kTerms; ++i) {
    const Term term = static_cast<Term>(i);
    if (area[term] != 0 || energy[term] != 0) add(Name(term), area[term], energy[term]);
  }
  add("sum", area.Total(), energy.Total());
  add("without broadcast, registers", area.PaperScope(), energy.PaperScope());
  table.Print();
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

}  // namespace lutgemm::tools
