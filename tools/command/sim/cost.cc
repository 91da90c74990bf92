#include "tools/command/sim/cost.h"

#include "tools/command/common/machine_file.h"
#include "tools/command/common/machine_report.h"
#include "tools/console/input_file.h"

#include "model/machine/machine_file.h"

#include <fmt/core.h>

namespace lutgemm::tools {
namespace {

namespace cost = model::cost;
namespace lower = model::lower;

// Whether --machine names a whole machine, and not one array only.
bool IsWholeMachine(const std::string& machine) {
  const Result<std::string> text = ReadFile(MachinePath(machine));
  if (!text.ok()) return false;
  const auto file = model::machine::ReadMachineFile(*text, machine);
  return file.ok() && file->whole;
}

std::string Millions(double value) { return NumberText(value * 1e-6); }

}  // namespace

Result<SimCost> PriceSimulation(const std::string& machine, const model::Array& target,
                                const lower::GemmSpec& spec, const WeightInfo& info,
                                const model::func::Counters& counters) {
  const bool whole = IsWholeMachine(machine);
  const Result<cost::Machine> loaded = LoadMachine(whole ? machine : "single");
  if (!loaded.ok()) return loaded.status();
  const model::api::ProgramRun run = {target, spec, info, counters};
  if (!whole) return model::api::PriceOnArray(run, *loaded);
  return model::api::PriceOnMachine(run, *loaded);
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
