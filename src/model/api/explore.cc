#include <lutgemm/model/explore.hpp>

#include "base/text.h"
#include "model/api/price.h"
#include "model/cost/sweep.h"

namespace lutgemm::model {
namespace {

constexpr double kLeastClock = 1e-3, kMostClock = 100;  // GHz, as machine files may have

// What the sweep cannot see any more; the rest it checks itself.
Status CheckSpec(const ExploreSpec& spec) {
  if (spec.act > ActType::kI8) {
    return base::MakeStatus(Code::kBadArgument, "activation type ", static_cast<unsigned>(spec.act),
                            " is unknown");
  }
  if (spec.objective > Objective::kProduct) {
    return base::MakeStatus(Code::kBadArgument, "objective ", static_cast<unsigned>(spec.objective),
                            " is unknown");
  }
  // Not a number fails both comparisons.
  if (!(spec.clock_ghz >= kLeastClock && spec.clock_ghz <= kMostClock)) {
    return base::MakeStatus(Code::kBadArgument, "a clock of ", spec.clock_ghz, " GHz; it must be ",
                            kLeastClock, " to ", kMostClock);
  }
  return {};
}

cost::SweepSpec SweepSpecOf(const ExploreSpec& spec) {
  cost::SweepSpec sweep;
  sweep.macs = spec.macs;
  sweep.act = api::CostActOf(isa::ActType(spec.act));
  sweep.weight_bits = spec.weight_bits;
  sweep.acc_bits = spec.sum_bits;
  sweep.objective = spec.objective;
  sweep.clock_ghz = spec.clock_ghz;
  return sweep;
}

DesignPoint PointOf(const cost::Point& point) {
  const cost::Design& design = point.design;
  const cost::Figures& figures = point.figures;
  return {.shape = design.shape,
          .table_bits = design.table_bits,
          .bit_serial = design.bit_serial,
          .symmetric = design.symmetric,
          .area_um2 = figures.area.Total(),
          .area_per_mac = figures.area_per_mac,
          .energy_per_mac = figures.energy_per_mac,
          .tops_per_mm2 = figures.tops_per_mm2,
          .tops_per_watt = figures.tops_per_watt,
          .on_front = point.on_front};
}

}  // namespace

Result<Exploration> Explore(const ExploreSpec& spec) noexcept {
  return base::Guarded([&]() -> Result<Exploration> {
    if (Status status = CheckSpec(spec); !status.ok()) return status;
    const Result<cost::Sweep> sweep = cost::RunSweep(SweepSpecOf(spec));
    if (!sweep.ok()) return sweep.status();
    Exploration exploration;
    exploration.best = sweep->best;
    for (const cost::Point& point : sweep->points) exploration.points.push_back(PointOf(point));
    return exploration;
  });
}

}  // namespace lutgemm::model
