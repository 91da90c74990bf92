#include "model/cost/validation.h"

#include "model/cost/paper.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace lutgemm::model::cost {
namespace {

using List = std::vector<Comparison>;

constexpr std::string_view kAgreements[] = {"arithmetic", "calibrated", "predicted",
                                            "not reproduced"};
constexpr Shape kElongated = {2, 64, 4};
constexpr Shape kDp4 = {1, 1, 4};

void Add(List& list, std::string what, std::string_view source, std::string_view unit, double paper,
         double ours) {
  constexpr double kClose = 0.1;
  const bool close = std::abs(ours / paper - 1) <= kClose;
  list.push_back({std::move(what), source, unit, paper, ours,
                  close ? Agreement::kPredicted : Agreement::kNotReproduced});
}
void Mark(List& list, Agreement agreement) { list.back().agreement = agreement; }

Design Lut(Act act, unsigned weight_bits, unsigned table_bits) {
  Design design = LutTensorCoreDesign(kElongated, act, weight_bits);
  design.table_bits = table_bits;
  return design;
}

// Units alone: no registers of operands.
double CoreArea(const Design& design) {
  const Terms area = Area(design);
  return area[Term::kMultipliers] + area[Term::kMux] + area[Term::kSign] + area[Term::kAdders] +
         area[Term::kAccumulators];
}

void AddTable1(List& list) {
  const Design rows[] = {MacDesign({8, 4, 8}, Act::kF16, 16),
                         MacDesign({8, 4, 16}, Act::kI8, 8),
                         Lut(Act::kI8, 2, 8),
                         Lut(Act::kI8, 2, 8),
                         MacDesign({8, 4, 32}, Act::kF8, 8),
                         Lut(Act::kF8, 2, 16),
                         Lut(Act::kF8, 2, 16)};
  for (size_t i = 0; i < std::size(rows); ++i) {
    const paper::Table1Row& row = paper::kTable1[i];
    const std::string name(row.name);
    Add(list, name + ": peak / (area x SMs)", "Table 1", "T/mm2", row.tops_per_mm2,
        paper::DensityOf(row));
    Mark(list, Agreement::kArithmetic);
    Add(list, name + ": tensor cores of an SM", "Table 1", "mm2", row.sm_mm2,
        paper::MacsPerCycleOf(row) * ScopeAreaPerMac(rows[i]) * 1e-6);
    if (row.tops_per_watt != 0) {
      Add(list, name + ": efficiency", "Table 1 [2nd]", "T/W", row.tops_per_watt,
          2e3 / ScopeEnergyPerMac(rows[i]));
    }
  }
}

void AddTable2(List& list) {
  const auto designs = Table2Designs();
  const auto area = [&](size_t i) { return Area(designs[i]).PaperScope(); };
  const auto milliwatt = [&](size_t i) { return EnergyPerCycle(designs[i]).PaperScope() * 1e-3; };
  for (size_t i = 0; i < designs.size(); ++i) {
    const paper::Table2Row& row = paper::kTable2[i];
    const std::string step(row.step);
    Add(list, step + ": area", "Table 2", "um2", row.um2, area(i));
    if (i + 1 == designs.size()) Mark(list, Agreement::kCalibrated);
    Add(list, step + ": power at 1 GHz", "Table 2", "mW", row.milliwatt, milliwatt(i));
    if (i == 0) continue;
    Add(list, step + ": density, times the first", "Table 2", "", row.density, area(0) / area(i));
    Add(list, step + ": efficiency, times the first", "Table 2", "", row.efficiency,
        milliwatt(0) / milliwatt(i));
  }
}

void AddUnits(List& list) {
  Add(list, "W1A8 unit: efficiency", "Table 3", "T/W", paper::kPeTopsPerWatt,
      2e3 / ScopeEnergyPerMac(Lut(Act::kI8, 1, 8)));
  Mark(list, Agreement::kCalibrated);
  Add(list, "DP4 FP16 MAC", "Sec 4.2", "T/mm2", paper::kDp4MacTops,
      8e3 / CoreArea(MacDesign(kDp4, Act::kF16, 16)));
  Mark(list, Agreement::kCalibrated);
  Add(list, "DP4 LUT W1A16", "Sec 4.2", "T/mm2", paper::kDp4LutTops,
      8e3 / CoreArea(LutTensorCoreDesign(kDp4, Act::kF16, 1)));
  const double share = ScopeAreaPerMac(Lut(Act::kF16, 1, 16)) /
                       ScopeAreaPerMac(MacDesign({8, 4, 16}, Act::kF16, 16));
  Add(list, "W1A16 1X area / FP16 MAC tensor core", "Sec 4.3", "", paper::kW1A16AreaShare, share);
  Add(list, "W1A16 4X area / FP16 MAC tensor core", "Sec 4.5", "", paper::kW1A16AreaShare4x,
      4 * share);
}

// Length of a group with the least unit per MAC.
double BestGroup(Act act, unsigned table_bits) {
  const auto unit = [&](size_t k) {
    Design design = LutTensorCoreDesign({1, 1, k}, act, 1);
    design.table_bits = table_bits;
    return UnitGePerMac(design);
  };
  size_t best = 1;
  for (size_t k = 2; k <= kMaxTableGroup; ++k) {
    if (unit(k) < unit(best)) best = k;
  }
  return double(best);
}

// Up to how many weight bits a unit is smaller than the FP16 MAC, N = 4.
double BitsThatBeatMac(Design (*make)(const Shape&, Act, unsigned)) {
  const Shape shape{1, 4, 4};
  const double mac = ScopeAreaPerMac(MacDesign(shape, Act::kF16, 16));
  unsigned bits = 0;
  while (bits < 8 && ScopeAreaPerMac(make(shape, Act::kF16, bits + 1)) < mac) ++bits;
  return bits;
}

void AddChoices(List& list) {
  Add(list, "best K, integers", "Fig 11", "", 4, BestGroup(Act::kI8, 8));
  Add(list, "best K, floats", "Fig 11", "", 5, BestGroup(Act::kF16, 16));
  Add(list, "bits at which ADD beats MAC, at most", "Fig 13", "", paper::kAddBeatsMacBits,
      BitsThatBeatMac(&AddDesign));
  Add(list, "bits at which conventional LUT beats MAC, at most", "Fig 13", "",
      paper::kConventionalBeatsMacBits, BitsThatBeatMac(&ConventionalLutDesign));
  Add(list, "bits at which LUT tensor core beats MAC, at most", "Fig 13", "",
      paper::kLutBeatsMacBits, BitsThatBeatMac(&LutTensorCoreDesign));
}

void AddArithmetic(List& list) {
  const auto add = [&](std::string what, std::string_view source, std::string_view unit,
                       double published, double ours) {
    Add(list, std::move(what), source, unit, published, ours);
    Mark(list, Agreement::kArithmetic);
  };
  const paper::Overhead prefill = paper::MeanOverhead(false), decode = paper::MeanOverhead(true);
  add("separate precompute, prefill", "Table 4", "%", paper::kPrefillPercent.separate,
      100 * prefill.separate);
  add("fused precompute, prefill", "Table 4", "%", paper::kPrefillPercent.fused,
      100 * prefill.fused);
  add("separate precompute, decode", "Table 4", "%", paper::kDecodePercent.separate,
      100 * decode.separate);
  add("fused precompute, decode", "Table 4", "%", paper::kDecodePercent.fused, 100 * decode.fused);
  add("instruction repeats 16 / (b S), b = 2, S = 4", "artifact", "", 2, paper::Duplication(2, 4));
}

}  // namespace

std::string_view Name(Agreement agreement) noexcept {
  return kAgreements[static_cast<size_t>(agreement)];
}

std::array<Design, 4> Table2Designs() {
  const Design fused = Lut(Act::kI8, 2, 8);
  Design no_negation = fused;
  no_negation.own_precompute = true;
  Design reinterpreted = no_negation;
  reinterpreted.offline_flip = false;
  Design conventional = reinterpreted;
  conventional.symmetric = false;
  return {conventional, reinterpreted, no_negation, fused};
}

double ScopeAreaPerMac(const Design& design) {
  return Area(design).PaperScope() * CyclesPerStep(design) / double(Macs(design.shape));
}

double ScopeEnergyPerMac(const Design& design) {
  return EnergyPerCycle(design).PaperScope() * CyclesPerStep(design) / double(Macs(design.shape));
}

std::vector<Comparison> CompareWithPaper() {
  List list;
  AddTable1(list);
  AddTable2(list);
  AddUnits(list);
  AddChoices(list);
  AddArithmetic(list);
  return list;
}

}  // namespace lutgemm::model::cost
