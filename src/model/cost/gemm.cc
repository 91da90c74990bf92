#include "model/cost/gemm.h"

#include "base/bits.h"
#include "base/names.h"
#include "base/text.h"

#include <algorithm>
#include <limits>

namespace lutgemm::model::cost {
namespace {

constexpr std::string_view kBoundNames[kBounds] = {"array", "registers", "shared",
                                                   "l2",    "dram",      "precompute"};

constexpr double Work::*kWorkTerms[] = {
    &Work::array_cycles,   &Work::fill_cycles,  &Work::lookups,  &Work::vector_adds,
    &Work::register_bytes, &Work::shared_bytes, &Work::l2_bytes, &Work::dram_bytes};

// How many tiles of a size cover a length.
double Tiles(size_t length, size_t size) { return double(base::CeilDiv(length, size)); }

// Operands that an array takes from registers in one step.
double StepBytes(const Design& d, const OperandBytes& bytes) {
  return double(d.shape.k) * (double(d.shape.m) * bytes.act + double(d.shape.n) * bytes.weight);
}

// One block tile of m x n outputs on one SM, without DRAM and precompute.
Work TileWork(const Shape& tile, const Machine& machine, const Design& d) {
  const OperandBytes bytes = BytesOf(d);
  const double m = double(tile.m), n = double(tile.n), k = double(tile.k);
  const double steps = ArrayCycles(tile, d) / CyclesPerStep(d);
  const double warps_m = Tiles(tile.m, machine.tile.warp_m);
  const double warps_n = Tiles(tile.n, machine.tile.warp_n);
  Work work;
  work.array_cycles = steps * CyclesPerStep(d);
  work.fill_cycles = machine.fill_cycles;
  work.lookups = d.unit == Unit::kLut ? work.array_cycles * double(Units(d.shape)) : 0;
  work.register_bytes = steps * StepBytes(d, bytes) + m * n * d.acc_bits / 8;
  work.shared_bytes = k * (warps_n * m * bytes.act + warps_m * n * bytes.weight);
  work.l2_bytes = k * (m * bytes.act + n * bytes.weight) + m * n * bytes.out;
  return work;
}

// Bytes that DRAM delivers. Operands that fit the L2 cache are read once. Otherwise the blocks that
// run at the same time form the rectangle that reads least, and share what they read.
double DramReads(const Shape& gemm, const Machine& machine, const OperandBytes& bytes) {
  const double k = double(gemm.k);
  const double act = double(gemm.m) * k * bytes.act, weight = double(gemm.n) * k * bytes.weight;
  if (act + weight <= machine.l2.bytes) return act + weight;
  const size_t tiles_m = base::CeilDiv(gemm.m, machine.tile.block_m);
  const size_t tiles_n = base::CeilDiv(gemm.n, machine.tile.block_n);
  double least = std::numeric_limits<double>::infinity();
  for (size_t side = 1; side <= machine.sms; ++side) {
    const size_t rows = std::min(side, tiles_m);
    const size_t columns = std::min(machine.sms / side, tiles_n);
    least = std::min(least, Tiles(tiles_n, columns) * act + Tiles(tiles_m, rows) * weight);
  }
  return least;
}

// A length cut into tiles: whole ones and a rest.
struct Cut {
  size_t whole = 0;
  size_t rest = 0;
};
Cut CutInto(size_t length, size_t tile) { return {length / tile, length % tile}; }

// Calls visit(tile shape, how often) for the up to four kinds of tiles.
template <class Visit>
void ForTileKinds(const Shape& gemm, const Tile& tile, const Visit& visit) {
  const Cut m = CutInto(gemm.m, tile.block_m), n = CutInto(gemm.n, tile.block_n);
  const struct {
    size_t length, count;
  } rows[] = {{tile.block_m, m.whole}, {m.rest, m.rest != 0 ? 1u : 0u}},
    columns[] = {{tile.block_n, n.whole}, {n.rest, n.rest != 0 ? 1u : 0u}};
  for (const auto& row : rows) {
    for (const auto& column : columns) {
      const double count = double(row.count) * double(column.count);
      if (count > 0) visit(Shape{row.length, column.length, gemm.k}, count);
    }
  }
}

std::array<double, kBounds> BoundCycles(const Work& work, const Machine& machine) {
  const double sms = double(machine.sms);
  std::array<double, kBounds> cycles{};
  const auto set = [&](Bound bound, double value) { cycles[static_cast<size_t>(bound)] = value; };
  set(Bound::kArray,
      work.array_cycles / (double(machine.arrays_per_sm) * sms) + work.fill_cycles / sms);
  set(Bound::kRegisters, work.register_bytes / (machine.registers.bytes_per_cycle * sms));
  set(Bound::kShared, work.shared_bytes / (machine.shared.bytes_per_cycle * sms));
  set(Bound::kL2, work.l2_bytes / machine.l2.bytes_per_cycle);
  set(Bound::kDram, work.dram_bytes / machine.dram.bytes_per_cycle);
  set(Bound::kPrecompute, work.vector_adds / (machine.vector_adds_per_cycle * sms));
  return cycles;
}

Energy EnergyOf(const Work& work, const Machine& machine, const Design& design) {
  Energy energy;
  energy.array = EnergyPerCycle(design, machine.technology);
  for (double& fj : energy.array.value) fj *= work.array_cycles * 1e-3;
  energy.registers = work.register_bytes * machine.registers.pj_per_byte;
  energy.shared = work.shared_bytes * machine.shared.pj_per_byte;
  energy.l2 = work.l2_bytes * machine.l2.pj_per_byte;
  energy.dram = work.dram_bytes * machine.dram.pj_per_byte;
  const Technology& t = machine.technology;
  const double add_ge = IsFloat(design.act)
                            ? t.float_adder_ge
                            : t.int_adder_ge * RawTableBits(design.act, design.shape.k);
  energy.precompute = work.vector_adds * add_ge * t.fj_per_ge * 1e-3;
  return energy;
}

// Adders' work for all tables of a GEMM.
double PrecomputeWork(const Shape& gemm, const Design& d) {
  if (d.unit != Unit::kLut || d.own_precompute) return 0;
  return double(gemm.m) * Tiles(gemm.k, d.shape.k) *
         double(PrecomputeAdds(IndexBits(d), d.symmetric));
}

void SetCycles(GemmCost& cost, const Machine& machine, double cycles) {
  cost.cycles = cycles;
  cost.seconds = cycles / (machine.clock_mhz * 1e6);
  const double slots = cycles * double(machine.arrays_per_sm) * double(machine.sms);
  cost.array_utilisation = slots > 0 ? cost.work.array_cycles / slots : 0;
}

}  // namespace

double ArrayCycles(const Shape& gemm, const Design& design) {
  const Shape& shape = design.shape;
  return Tiles(gemm.m, shape.m) * Tiles(gemm.n, shape.n) * Tiles(gemm.k, shape.k) *
         CyclesPerStep(design);
}

std::string_view Name(Bound bound) noexcept { return kBoundNames[static_cast<size_t>(bound)]; }

Work& Work::operator+=(const Work& other) {
  for (double Work::*term : kWorkTerms) this->*term += other.*term;
  return *this;
}

Work Work::operator*(double factor) const {
  Work work = *this;
  for (double Work::*term : kWorkTerms) work.*term *= factor;
  return work;
}

OperandBytes BytesOf(const Design& d) {
  OperandBytes bytes;
  const bool lut = d.unit == Unit::kLut;
  bytes.act =
      lut ? double(TableEntries(d)) * d.table_bits / 8 / double(d.shape.k) : ActBits(d.act) / 8.0;
  bytes.weight = (d.unit == Unit::kMac ? ActBits(d.act) : d.weight_bits) / 8.0;
  bytes.out = IsFloat(d.act) ? 2 : 4;
  return bytes;
}

GemmCost Price(const Work& work, const Machine& machine, unsigned weight_bits) {
  const Design design = DesignFor(machine, weight_bits);
  GemmCost cost;
  cost.work = work;
  cost.bound_cycles = BoundCycles(work, machine);
  const auto longest = std::max_element(cost.bound_cycles.begin(), cost.bound_cycles.end());
  cost.bound = static_cast<Bound>(longest - cost.bound_cycles.begin());
  SetCycles(cost, machine, *longest);
  cost.energy = EnergyOf(work, machine, design);
  cost.lookup_rule_pj = work.lookups * machine.technology.lookup_fj * design.table_bits / 8 * 1e-3;
  return cost;
}

GemmCost EstimateGemm(const Shape& gemm, const Machine& machine, unsigned weight_bits) {
  const Design design = DesignFor(machine, weight_bits);
  const OperandBytes bytes = BytesOf(design);
  const double outputs = double(gemm.m) * double(gemm.n);
  // DRAM and precompute are shared out to tiles by their outputs.
  const double dram = DramReads(gemm, machine, bytes) + outputs * bytes.out;
  const double adds = PrecomputeWork(gemm, design);
  Work total;
  double cycles = 0;
  ForTileKinds(gemm, machine.tile, [&](const Shape& tile, double count) {
    Work work = TileWork(tile, machine, design);
    const double share = double(tile.m) * double(tile.n) / outputs;
    work.dram_bytes = dram * share;
    work.vector_adds = adds * share;
    const Work all = work * count;
    const auto bounds = BoundCycles(all, machine);
    cycles += *std::max_element(bounds.begin(), bounds.end());
    total += all;
  });
  GemmCost cost = Price(total, machine, weight_bits);
  SetCycles(cost, machine, cycles);
  return cost;
}

Terms SmArea(const Machine& machine, unsigned weight_bits) {
  const double arrays = double(machine.arrays_per_sm);
  const double growth_bits = (machine.register_growth - 1) * machine.registers.bytes * 8;
  Terms area = Area(DesignFor(machine, weight_bits), machine.technology, {growth_bits / arrays});
  for (double& um2 : area.value) um2 *= arrays;
  return area;
}

TileUse UseOf(const Machine& machine, unsigned weight_bits) {
  const Design design = DesignFor(machine, weight_bits);
  const OperandBytes bytes = BytesOf(design);
  const Tile& tile = machine.tile;
  const double m = double(tile.block_m), n = double(tile.block_n);
  TileUse use;
  use.register_bytes = m * n * design.acc_bits / 8;
  use.shared_bytes =
      double(tile.stages) * double(tile.block_k) * (m * bytes.act + n * bytes.weight);
  use.fits = use.register_bytes <= machine.registers.bytes * machine.register_growth &&
             use.shared_bytes <= machine.shared.bytes;
  return use;
}

Status CheckTile(const Machine& machine, unsigned weight_bits) {
  const TileUse use = UseOf(machine, weight_bits);
  const Tile& tile = machine.tile;
  const auto fail = [&](const auto&... what) {
    return base::MakeStatus(Code::kBadArgument, "machine ", base::Quote(machine.name),
                            ": a block of ", tile.block_m, " x ", tile.block_n, " outputs and ",
                            tile.stages, " slabs of ", tile.block_k, " along K ", what...);
  };
  if (tile.block_k % machine.design.shape.k != 0) {
    return fail("cannot be cut into the array's groups of ", machine.design.shape.k);
  }
  const double registers = machine.registers.bytes * machine.register_growth;
  if (use.register_bytes > registers) {
    return fail("takes ", use.register_bytes, " bytes of registers for its sums; an SM has ",
                registers);
  }
  if (!use.fits) {
    return fail("takes ", use.shared_bytes, " bytes of shared memory for weights of ", weight_bits,
                " bits; an SM has ", machine.shared.bytes);
  }
  return {};
}

}  // namespace lutgemm::model::cost
