#include "tools/command/sim/cost.h"

#include "tools/command/common/machine_file.h"
#include "tools/command/common/machine_report.h"
#include "tools/console/input_file.h"

#include "model/text/json_tree.h"

#include <fmt/core.h>

#include <algorithm>

namespace lutgemm::tools {
namespace {

namespace cost = model::cost;
namespace lower = model::lower;
namespace isa = model::isa;

cost::Act ActOf(isa::ActType act) {
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

// The array that does the product: entries and sums as wide as the program's.
cost::Design DesignOf(const lower::Target& target, const lower::GemmSpec& spec, unsigned bits) {
  const cost::ArrayShape shape = {target.m, target.n, target.k};
  cost::Design design = cost::LutTensorCoreDesign(shape, ActOf(spec.act), bits);
  design.table_bits = spec.quantised_tables ? 8 : cost::RawTableBits(design.act, design.shape.k);
  design.acc_bits = spec.acc == isa::SumType::kF16 ? 16 : 32;
  return design;
}

// The machine has no L2 cache: bytes of global memory cross that level and DRAM's alike.
cost::Work WorkOf(const model::func::Counters& c, const lower::Target& target) {
  cost::Work work;
  work.array_cycles = double(c.array_cycles);
  work.fill_cycles = double(target.fill_cycles);
  work.lookups = double(c.lookups);
  work.vector_adds = double(c.table_adds);
  work.register_bytes = double(c.register_read + c.register_written);
  work.shared_bytes = double(c.scratchpad_read + c.scratchpad_written);
  work.l2_bytes = work.dram_bytes = double(c.global_read + c.global_written);
  return work;
}

// Whether --machine names a whole machine, and not one array only: "clock_mhz" is what a file for
// the compiler alone has no use for.
bool IsWholeMachine(const std::string& machine) {
  const Result<std::string> text = ReadFile(MachinePath(machine));
  if (!text.ok()) return false;
  const auto root = model::text::ParseJsonTree(*text, machine);
  return root.ok() && root->Find("clock_mhz") != nullptr;
}

// Cuts the tile until the machine's memories hold it, as the compiler cuts its own; no further than
// the array itself.
void ShrinkTile(cost::Machine& machine, unsigned weight_bits) {
  cost::Tile& tile = machine.tile;
  const cost::ArrayShape& array = machine.design.shape;
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

std::string Millions(double value) { return NumberText(value * 1e-6); }

}  // namespace

Result<SimCost> PriceSimulation(const std::string& machine, const lower::Target& target,
                                const lower::GemmSpec& spec, const WeightInfo& info,
                                const model::func::Counters& counters) {
  const bool whole = IsWholeMachine(machine);
  Result<cost::Machine> loaded = LoadMachine(whole ? machine : "single");
  if (!loaded.ok()) return loaded.status();
  SimCost result;
  result.machine = *std::move(loaded);
  result.weight_bits = CodeBits(info.format);
  result.machine.design = DesignOf(target, spec, result.weight_bits);
  result.machine.fill_cycles = double(target.fill_cycles);
  if (!whole) {
    result.machine.registers.bytes = double(target.registers * isa::kRegisterBytes);
    result.machine.shared.bytes = double(target.scratchpad_bytes);
    ShrinkTile(result.machine, result.weight_bits);
  } else if (Status exists = CheckTile(result.machine, result.weight_bits); !exists.ok()) {
    return Status(Code::kCorruptFile, exists.text());
  }
  result.counted = cost::Price(WorkOf(counters, target), result.machine, result.weight_bits);
  result.estimate =
      cost::EstimateGemm({spec.m, info.n, info.k}, result.machine, result.weight_bits);
  return result;
}

Json SimCostJson(const SimCost& sim) {
  const cost::Machine& machine = sim.machine;
  return {{"source", "ours"},
          {"machine", machine.name},
          {"arrays", machine.sms * machine.arrays_per_sm},
          {"table_bits", machine.design.table_bits},
          {"weight_bits", sim.weight_bits},
          {"counted", GemmCostJson(sim.counted)},
          {"estimate", GemmCostJson(sim.estimate)}};
}

void PrintSimCost(const SimCost& sim) {
  const cost::Machine& machine = sim.machine;
  fmt::print("cost       on {}, {} array(s) with {}-bit entries, all figures ours: bound by {}\n",
             machine.name, machine.sms * machine.arrays_per_sm, machine.design.table_bits,
             Name(sim.counted.bound));
  Table table({"cost", "counted", "estimate"});
  const auto add = [&](std::string name, const auto& of) {
    table.Add({std::move(name), of(sim.counted), of(sim.estimate)});
  };
  using Cost = cost::GemmCost;
  add("time us", [](const Cost& c) { return NumberText(c.seconds * 1e6); });
  add("bound", [](const Cost& c) { return std::string(Name(c.bound)); });
  for (size_t i = 0; i < cost::kBounds; ++i) {
    add(fmt::format("  {} cycles", Name(static_cast<cost::Bound>(i))),
        [i](const Cost& c) { return NumberText(c.bound_cycles[i]); });
  }
  add("register MB", [](const Cost& c) { return Millions(c.work.register_bytes); });
  add("shared MB", [](const Cost& c) { return Millions(c.work.shared_bytes); });
  add("L2 MB", [](const Cost& c) { return Millions(c.work.l2_bytes); });
  add("DRAM MB", [](const Cost& c) { return Millions(c.work.dram_bytes); });
  add("energy uJ", [](const Cost& c) { return Millions(c.energy.Total()); });
  for (size_t i = 0; i < cost::kTerms; ++i) {
    if (sim.counted.energy.array.value[i] == 0.0) continue;
    add(fmt::format("  array: {}", Name(static_cast<cost::Term>(i))),
        [i](const Cost& c) { return Millions(c.energy.array.value[i]); });
  }
  add("  precompute", [](const Cost& c) { return Millions(c.energy.precompute); });
  add("  registers", [](const Cost& c) { return Millions(c.energy.registers); });
  add("  shared", [](const Cost& c) { return Millions(c.energy.shared); });
  add("  L2", [](const Cost& c) { return Millions(c.energy.l2); });
  add("  DRAM", [](const Cost& c) { return Millions(c.energy.dram); });
  table.Print();
}

}  // namespace lutgemm::tools
