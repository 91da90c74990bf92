#include "tools/model/sim.h"

#include "tools/model/files.h"
#include "tools/model/machine_file.h"

#include "model/isa/disasm.h"
#include "model/machine/machine_file.h"

#include <fmt/core.h>

#include <cstdio>

namespace lutgemm::tools {

using model::func::Counters;
using model::isa::InstructionSpec;

Result<model::Array> ReadTarget(const std::string& machine) {
  const std::string path = MachinePath(machine);
  if (!path.ends_with(".json")) return model::ParseArray(machine);
  const Result<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  return model::machine::ReadArray(*text, path);
}

int TargetFailed(const std::string& machine, const Status& status) {
  return machine.ends_with(".json") ? FileFailed(status) : OptionsFailed(status);
}

std::string_view Name(SimMode mode) {
  constexpr std::string_view kNames[] = {"exact", "rtl", "released"};
  return kNames[static_cast<size_t>(mode)];
}

model::lower::SimulationOptions MachineOptions(const SimOptions& options) {
  using model::func::Adder;
  const bool released = options.mode == SimMode::kReleased;
  model::lower::SimulationOptions machine;
  machine.mode =
      options.mode == SimMode::kExact ? model::func::Mode::kExact : model::func::Mode::kRtl;
  machine.exponent_quirk = released || options.exponent_quirk;
  machine.adder = options.adder.value_or(released ? Adder::kFlush : Adder::kIeee);
  if (options.trace) {
    machine.observer = [](const model::func::State& state, const model::isa::Instruction& i) {
      fmt::print(stderr, "{:6} {}\n", state.pc, model::isa::ToText(i));
    };
  }
  return machine;
}

Json CountersJson(const Counters& c) {
  Json instructions = Json::object();
  for (const InstructionSpec& spec : model::isa::Instructions()) {
    if (c.Executed(spec.op) != 0) instructions[std::string(spec.name)] = c.Executed(spec.op);
  }
  return {{"steps", c.steps},
          {"instructions", std::move(instructions)},
          {"lookups", c.lookups},
          {"table_adds", c.table_adds},
          {"bytes",
           {{"global_read", c.global_read},
            {"global_written", c.global_written},
            {"scratchpad_read", c.scratchpad_read},
            {"scratchpad_written", c.scratchpad_written},
            {"register_read", c.register_read},
            {"register_written", c.register_written}}}};
}

void PrintCounters(const Counters& c) {
  fmt::print("executed   {} instructions:", c.steps);
  for (const InstructionSpec& spec : model::isa::Instructions()) {
    if (c.Executed(spec.op) != 0) fmt::print(" {} {}", spec.name, c.Executed(spec.op));
  }
  fmt::print("\nlookups    {}, additions for tables {}\n", c.lookups, c.table_adds);
  Table bytes({"bytes", "read", "written"});
  const auto add = [&](const char* name, uint64_t read, uint64_t written) {
    bytes.Add({name, fmt::format("{}", read), fmt::format("{}", written)});
  };
  add("global", c.global_read, c.global_written);
  add("scratchpad", c.scratchpad_read, c.scratchpad_written);
  add("registers", c.register_read, c.register_written);
  bytes.Print();
}

}  // namespace lutgemm::tools
