#include "model/api/price.h"

#include <algorithm>

namespace lutgemm::model::api {
namespace {

// The array that does the product: entries and sums as wide as the program's.
cost::Design DesignOf(const Array& array, const lower::GemmSpec& spec, unsigned bits) {
  cost::Design design = cost::LutTensorCoreDesign(array.shape, CostActOf(spec.act), bits);
  design.table_bits = spec.quantised_tables ? 8 : cost::RawTableBits(design.act, design.shape.k);
  design.acc_bits = spec.acc == isa::SumType::kF16 ? 16 : 32;
  return design;
}

// The machine has no L2 cache: bytes of global memory cross that level and DRAM's alike.
cost::Work WorkOf(const Counters& c, const Array& array) {
  cost::Work work;
  work.array_cycles = double(c.array_cycles);
  work.fill_cycles = double(array.fill_cycles);
  work.lookups = double(c.lookups);
  work.vector_adds = double(c.table_adds);
  work.register_bytes = double(c.register_read + c.register_written);
  work.shared_bytes = double(c.scratchpad_read + c.scratchpad_written);
  work.l2_bytes = work.dram_bytes = double(c.global_read + c.global_written);
  return work;
}

// Cuts the tile until the machine's memories hold it, as the compiler cuts its own; no further than
// the array itself.
void ShrinkTile(cost::Machine& machine, unsigned weight_bits) {
  cost::Tile& tile = machine.tile;
  const Shape& array = machine.design.shape;
  // In whole steps of the array; false where the side is one already.
  const auto cut = [](size_t& side, size_t step, size_t parts) {
    const size_t before = side;
    side = std::max(side / parts / step, size_t{1}) * step;
    return side < before;
  };
  cut(tile.block_k, array.k, 1);
  while (!UseOf(machine, weight_bits).fits) {
    const bool wide = tile.block_n >= tile.block_m;
    if (wide && cut(tile.block_n, array.n, 2)) continue;
    if (!cut(tile.block_m, array.m, 2) && !cut(tile.block_n, array.n, 2) &&
        !cut(tile.block_k, array.k, 2)) {
      break;
    }
  }
  tile.warp_m = std::min(tile.warp_m, tile.block_m);
  tile.warp_n = std::min(tile.warp_n, tile.block_n);
}

ProgramPrice Prepare(const ProgramRun& run, const cost::Machine& machine) {
  ProgramPrice price;
  price.machine = machine;
  price.weight_bits = CodeBits(run.weights.format);
  price.machine.design = DesignOf(run.array, run.spec, price.weight_bits);
  price.machine.fill_cycles = double(run.array.fill_cycles);
  return price;
}

void Price(const ProgramRun& run, ProgramPrice& price) {
  price.counted = cost::Price(WorkOf(run.counters, run.array), price.machine, price.weight_bits);
  const Shape product = {run.spec.m, run.weights.n, run.weights.k};
  price.estimate = cost::EstimateGemm(product, price.machine, price.weight_bits);
}

}  // namespace

cost::Act CostActOf(isa::ActType act) {
  switch (act) {
    case isa::ActType::kI8:
      return cost::Act::kI8;
    case isa::ActType::kI16:
      return cost::Act::kI16;
    case isa::ActType::kF8e4m3:
    case isa::ActType::kF8e5m2:
      return cost::Act::kF8;
    default:
      return cost::Act::kF16;
  }
}

Result<ProgramPrice> PriceOnMachine(const ProgramRun& run, const cost::Machine& machine) {
  ProgramPrice price = Prepare(run, machine);
  const Status exists = cost::CheckTile(price.machine, price.weight_bits);
  if (!exists.ok()) return Status(Code::kCorruptFile, exists.text());
  Price(run, price);
  return price;
}

ProgramPrice PriceOnArray(const ProgramRun& run, const cost::Machine& machine) {
  ProgramPrice price = Prepare(run, machine);
  price.machine.registers.bytes = double(run.array.registers * isa::kRegisterBytes);
  price.machine.shared.bytes = double(run.array.scratchpad_bytes);
  ShrinkTile(price.machine, price.weight_bits);
  Price(run, price);
  return price;
}

}  // namespace lutgemm::model::api
