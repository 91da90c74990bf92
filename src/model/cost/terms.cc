#include "model/cost/terms.h"

#include <bit>
#include <cmath>

namespace lutgemm::model::cost {
namespace {

constexpr std::string_view kNames[kTerms] = {"table_registers",
                                             "weight_registers",
                                             "act_registers",
                                             "accumulators",
                                             "mux",
                                             "sign",
                                             "index_complement",
                                             "adders",
                                             "multipliers",
                                             "precompute",
                                             "broadcast",
                                             "register_file"};

// Adder of a width in bits, or FP16's.
double AdderGe(const Technology& t, bool is_float, double bits) {
  return is_float ? t.float_adder_ge : t.int_adder_ge * bits;
}

// Bits that the array holds of activations (or tables) and weights, and the wires that take them to
// the units.
struct Operands {
  double act_bits = 0;      // registers of activations
  double table_bits = 0;    // registers of tables
  double weight_bits = 0;   // registers of weights
  double act_wires = 0;     // each to N units
  double weight_wires = 0;  // each to M units
};

Operands OperandsOf(const Design& d) {
  const double m = double(d.shape.m), n = double(d.shape.n), k = double(d.shape.k);
  Operands o;
  if (d.unit == Unit::kLut) {
    o.table_bits = m * double(TableEntries(d)) * d.table_bits;
    o.weight_bits = k * n * d.weight_bits;
    o.act_wires = o.table_bits;
    o.weight_wires = n * IndexBits(d);
    return o;
  }
  const bool mac = d.unit == Unit::kMac;
  o.act_bits = m * k * ActBits(d.act);
  o.weight_bits = n * k * (mac ? ActBits(d.act) : d.weight_bits);
  o.act_wires = o.act_bits;
  o.weight_wires = n * k * (mac ? ActBits(d.act) : 1);
  return o;
}

void AddLookup(const Design& d, const Technology& t, Terms& ge) {
  const double units = double(Units(d.shape));
  const bool is_float = FloatEntries(d);
  ge[Term::kMux] = units * t.mux_ge * d.table_bits * double(TableEntries(d) - 1);
  if (d.symmetric) {
    ge[Term::kSign] = units * t.xor_ge * (is_float ? 1 : d.table_bits);
    if (!d.offline_flip) ge[Term::kIndexComplement] = units * t.xor_ge * (IndexBits(d) - 1);
  }
  ge[Term::kAdders] = units * AdderGe(t, is_float, d.acc_bits);
  if (!d.own_precompute) return;
  const double width = RawTableBits(d.act, d.shape.k, d.bit_serial ? 1 : d.weight_bits);
  ge[Term::kPrecompute] = double(d.shape.m) * double(PrecomputeAdds(IndexBits(d), d.symmetric)) *
                          AdderGe(t, IsFloat(d.act), width);
}

// A tree of K - 1 adders and one that accumulates.
void AddTree(const Design& d, const Technology& t, double input_bits, Terms& ge) {
  const double tree_bits = input_bits + double(std::bit_width(d.shape.k - 1));
  const bool is_float = IsFloat(d.act);
  ge[Term::kAdders] =
      double(Units(d.shape)) *
      (double(d.shape.k - 1) * AdderGe(t, is_float, tree_bits) + AdderGe(t, is_float, d.acc_bits));
}

void AddMultipliers(const Design& d, const Technology& t, Terms& ge) {
  const double bits = SignificandBits(d.act);
  ge[Term::kMultipliers] = double(Macs(d.shape)) * bits * bits *
                           (IsFloat(d.act) ? t.float_multiplier_ge : t.int_multiplier_ge);
  // Products of integers are narrower than the accumulator, or the tree would not fit it either.
  AddTree(d, t, std::fmin(2 * bits, d.acc_bits), ge);
}

void AddSerialAdders(const Design& d, const Technology& t, Terms& ge) {
  ge[Term::kSign] = double(Macs(d.shape)) * t.xor_ge * (IsFloat(d.act) ? 1 : ActBits(d.act));
  AddTree(d, t, ActBits(d.act), ge);
}

// Gate equivalents without broadcast and register file.
Terms GateEquivalents(const Design& d, const Technology& t) {
  const Operands operands = OperandsOf(d);
  Terms ge;
  ge[Term::kTableRegisters] = t.register_ge * operands.table_bits;
  ge[Term::kWeightRegisters] = t.register_ge * operands.weight_bits;
  ge[Term::kActRegisters] = t.register_ge * operands.act_bits;
  ge[Term::kAccumulators] = t.register_ge * double(Units(d.shape)) * d.acc_bits;
  switch (d.unit) {
    case Unit::kMac:
      AddMultipliers(d, t, ge);
      break;
    case Unit::kAdd:
      AddSerialAdders(d, t, ge);
      break;
    case Unit::kLut:
      AddLookup(d, t, ge);
      break;
  }
  return ge;
}

// Buffers of a tree from one wire to `sinks` units.
double BuffersPerWire(const Technology& t, size_t sinks) {
  return double(sinks - 1) / (t.fanout - 1);
}

// Wires change in every cycle (weights of serial units) or once per step.
double BroadcastFj(const Design& d, const Technology& t, double unit_um2) {
  const Operands operands = OperandsOf(d);
  const double pitch = std::sqrt(unit_um2);
  const auto wire_fj = [&](size_t sinks) {
    return t.wire_activity * t.wire_fj_per_um * pitch * double(sinks - 1) +
           t.fj_per_ge * t.buffer_ge * BuffersPerWire(t, sinks);
  };
  return operands.act_wires * wire_fj(d.shape.n) / CyclesPerStep(d) +
         operands.weight_wires * wire_fj(d.shape.m);
}

Terms Scaled(Terms terms, double factor) {
  for (double& value : terms.value) value *= factor;
  return terms;
}

}  // namespace

std::string_view Name(Term term) noexcept { return kNames[static_cast<size_t>(term)]; }

Terms Area(const Design& design, const Technology& t, const Extra& extra) {
  Terms um2 = Scaled(GateEquivalents(design, t), t.um2_per_ge);
  const Operands operands = OperandsOf(design);
  um2[Term::kBroadcast] = t.um2_per_ge * t.buffer_ge *
                          (operands.act_wires * BuffersPerWire(t, design.shape.n) +
                           operands.weight_wires * BuffersPerWire(t, design.shape.m));
  um2[Term::kRegisterFile] = extra.register_file_bits * t.register_file_um2_per_bit;
  return um2;
}

Terms EnergyPerCycle(const Design& design, const Technology& t) {
  Terms fj = Scaled(GateEquivalents(design, t), t.fj_per_ge);
  for (const Term term :
       {Term::kTableRegisters, Term::kWeightRegisters, Term::kActRegisters, Term::kPrecompute}) {
    fj[term] /= CyclesPerStep(design);
  }
  fj[Term::kMultipliers] *= t.multiplier_activity;
  const double unit_um2 = Area(design, t).PaperScope() / double(Units(design.shape));
  fj[Term::kBroadcast] = BroadcastFj(design, t, unit_um2);
  return fj;
}

double UnitGePerMac(const Design& design, const Technology& t) {
  const Terms ge = GateEquivalents(design, t);
  const double unit = ge[Term::kMux] + ge[Term::kSign] + ge[Term::kIndexComplement] +
                      ge[Term::kAdders] + ge[Term::kAccumulators];
  return unit / double(Macs(design.shape));
}

Figures Evaluate(const Design& design, const Technology& technology, const Extra& extra,
                 double clock_ghz) {
  Figures f;
  f.area = Area(design, technology, extra);
  f.energy = EnergyPerCycle(design, technology);
  f.macs_per_cycle = double(Macs(design.shape)) / CyclesPerStep(design);
  f.area_per_mac = f.area.Total() / f.macs_per_cycle;
  f.energy_per_mac = f.energy.Total() / f.macs_per_cycle;
  f.tops_per_mm2 = 2e-3 * clock_ghz / f.area_per_mac * 1e6;
  f.tops_per_watt = 2e3 / f.energy_per_mac;
  return f;
}

}  // namespace lutgemm::model::cost
