// The machine that the options of `lutgemm sim` describe.
#include "model/isa/disasm.h"
#include "tools/command/sim/options.h"

#include <fmt/core.h>

#include <cstdio>

namespace lutgemm::tools {

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

}  // namespace lutgemm::tools
