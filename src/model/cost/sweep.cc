#include "model/cost/sweep.h"

#include "base/names.h"
#include "base/text.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

namespace lutgemm::model::cost {
namespace {

constexpr std::string_view kObjectives[] = {"area", "energy", "product"};
constexpr size_t kMaxAdderTree = 64;  // K of units without tables

// Two scores that differ by less are equal: choices that change nothing else than M and N often
// tie.
constexpr double kTie = 1e-9;

// All (m, n, k) with m * n * k = macs and k <= max_k, k first, then m.
std::vector<Shape> Shapes(size_t macs, size_t max_k) {
  std::vector<Shape> shapes;
  for (size_t k = 1; k <= std::min(max_k, macs); ++k) {
    if (macs % k != 0) continue;
    for (size_t m = 1; m <= macs / k; ++m) {
      if (macs / k % m == 0) shapes.push_back({m, macs / k / m, k});
    }
  }
  return shapes;
}

// Entry widths of one shape: as asked for, or 8 bits and what rounds nothing.
std::vector<unsigned> TableWidths(const SweepSpec& spec, size_t k, bool bit_serial) {
  if (!spec.table_bits.empty()) return spec.table_bits;
  std::vector<unsigned> widths = {8};
  const unsigned raw = RawTableBits(spec.act, k, bit_serial ? 1 : spec.weight_bits);
  if (raw != 8) widths.push_back(raw);
  return widths;
}

Design DesignOf(const SweepSpec& spec, const Shape& shape) {
  Design design = LutTensorCoreDesign(shape, spec.act, spec.weight_bits);
  design.acc_bits = spec.acc_bits;
  design.own_precompute = spec.own_precompute;
  return design;
}

Status AddPoints(const SweepSpec& spec, const Shape& shape, std::vector<Point>& points) {
  for (const bool bit_serial : spec.bit_serial) {
    if (!bit_serial && spec.weight_bits == 1) continue;  // the same as bit-serial
    Design design = DesignOf(spec, shape);
    design.bit_serial = bit_serial;
    if (IndexBits(design) > kMaxTableGroup) continue;
    for (const bool symmetric : spec.symmetric) {
      design.symmetric = symmetric;
      for (const unsigned table_bits : TableWidths(spec, shape.k, bit_serial)) {
        design.table_bits = table_bits;
        if (Status valid = Validate(design); !valid.ok()) return valid;
        points.push_back(
            {design, Evaluate(design, spec.technology, spec.extra, spec.clock_ghz), false});
      }
    }
  }
  return {};
}

// Marks the front of the points given.
void MarkFront(std::vector<Point*> points) {
  std::stable_sort(points.begin(), points.end(), [](const Point* a, const Point* b) {
    return std::pair(a->figures.area_per_mac, a->figures.energy_per_mac) <
           std::pair(b->figures.area_per_mac, b->figures.energy_per_mac);
  });
  double least = std::numeric_limits<double>::infinity();
  for (Point* point : points) {
    if (point->figures.energy_per_mac >= least) continue;
    point->on_front = true;
    least = point->figures.energy_per_mac;
  }
}

void MarkFronts(std::vector<Point>& points) {
  std::vector<Point*> all, exact;
  for (Point& point : points) {
    all.push_back(&point);
    if (!RoundsEntries(point.design)) exact.push_back(&point);
  }
  MarkFront(std::move(all));
  MarkFront(std::move(exact));
}

// Index of the least score. Among equals fewer tables win: they are what memory has to deliver.
size_t BestOf(const std::vector<Point>& points, Objective objective) {
  const auto better = [&](const Point& a, const Point& b) {
    const double score_a = Score(a.figures, objective), score_b = Score(b.figures, objective);
    if (score_a < score_b * (1 - kTie)) return true;
    return score_a <= score_b * (1 + kTie) && a.design.shape.m < b.design.shape.m;
  };
  size_t best = 0;
  for (size_t i = 1; i < points.size(); ++i) {
    if (better(points[i], points[best])) best = i;
  }
  return best;
}

Status CheckSpec(const SweepSpec& spec) {
  if (spec.macs == 0 || spec.macs > kMaxMacs) {
    return base::MakeStatus(Code::kBadArgument, spec.macs, " MACs: an array has 1..", kMaxMacs);
  }
  if (spec.max_k == 0 || spec.max_k > kMaxTableGroup) {
    return base::MakeStatus(Code::kBadArgument, "tables of up to ", spec.max_k,
                            " activations: the limit is 1..", kMaxTableGroup);
  }
  return {};
}

// Best of one kind over all shapes.
std::optional<Point> BestUnit(const SweepSpec& spec, Design design, size_t max_k,
                              unsigned fixed_table_bits) {
  std::vector<Point> points;
  for (const Shape& shape : Shapes(spec.macs, max_k)) {
    design.shape = shape;
    design.acc_bits = spec.acc_bits;
    design.table_bits = fixed_table_bits != 0 ? fixed_table_bits : RawTableBits(spec.act, shape.k);
    if (!Validate(design).ok()) continue;
    points.push_back(
        {design, Evaluate(design, spec.technology, spec.extra, spec.clock_ghz), false});
  }
  if (points.empty()) return std::nullopt;
  return points[BestOf(points, spec.objective)];
}

}  // namespace

std::string_view Name(Objective objective) noexcept {
  return kObjectives[static_cast<size_t>(objective)];
}

Result<Objective> ParseObjective(std::string_view name) noexcept {
  for (size_t i = 0; i < std::size(kObjectives); ++i) {
    if (kObjectives[i] == name) return static_cast<Objective>(i);
  }
  return base::MakeStatus(Code::kBadArgument, base::Quote(name),
                          " is not an objective: area, energy or product");
}

double Score(const Figures& figures, Objective objective) {
  switch (objective) {
    case Objective::kArea:
      return figures.area_per_mac;
    case Objective::kEnergy:
      return figures.energy_per_mac;
    case Objective::kProduct:
      return figures.area_per_mac * figures.energy_per_mac;
  }
  return 0;
}

Result<Sweep> RunSweep(const SweepSpec& spec) {
  if (const Status valid = CheckSpec(spec); !valid.ok()) return valid;
  Sweep sweep;
  for (const Shape& shape : Shapes(spec.macs, spec.max_k)) {
    if (const Status added = AddPoints(spec, shape, sweep.points); !added.ok()) return added;
  }
  if (sweep.points.empty()) {
    return base::MakeStatus(Code::kBadArgument,
                            "no design has these choices: tables indexed by all bits of a group "
                            "need weight bits * k <= ",
                            kMaxTableGroup, " and more than one weight bit");
  }
  MarkFronts(sweep.points);
  sweep.best = BestOf(sweep.points, spec.objective);
  return sweep;
}

Result<std::vector<Point>> CompareUnits(const SweepSpec& spec) {
  if (const Status valid = CheckSpec(spec); !valid.ok()) return valid;
  // With k = 1 every unit has a design if the formats are sound.
  const Status sound = Validate(DesignOf(spec, {1, spec.macs, 1}));
  if (!sound.ok()) return sound;
  const Shape any{1, 1, 1};
  const Design lut = LutTensorCoreDesign(any, spec.act, spec.weight_bits);
  const std::optional<Point> found[] = {
      BestUnit(spec, MacDesign(any, spec.act, spec.weight_bits), kMaxAdderTree, 0),
      BestUnit(spec, AddDesign(any, spec.act, spec.weight_bits), kMaxAdderTree, 0),
      BestUnit(spec, ConventionalLutDesign(any, spec.act, spec.weight_bits), spec.max_k, 0),
      BestUnit(spec, lut, spec.max_k, 0), BestUnit(spec, lut, spec.max_k, 8)};
  std::vector<Point> points;
  for (const auto& point : found) {
    if (point) points.push_back(*point);
  }
  return points;
}

}  // namespace lutgemm::model::cost
