#include <lutgemm/model/machine.hpp>

#include "base/text.h"
#include "model/func/machine.h"
#include "model/machine/array.h"

namespace lutgemm::model {
namespace {

func::Config ConfigOf(const MachineSpec& spec) {
  func::Config config;
  config.registers = spec.array.registers;
  config.scratchpad_bytes = spec.array.scratchpad_bytes;
  config.global_bytes = spec.memory_bytes;
  config.mode = spec.arithmetic;
  config.exponent_quirk = spec.exponent_quirk;
  config.adder = spec.adder;
  config.max_steps = spec.max_steps;
  return config;
}

Status CheckSpec(const MachineSpec& spec) {
  if (spec.arithmetic > Arithmetic::kRtl) {
    return base::MakeStatus(Code::kBadArgument, "arithmetic ",
                            static_cast<unsigned>(spec.arithmetic), " is unknown");
  }
  if (spec.adder > Adder::kFlush) {
    return base::MakeStatus(Code::kBadArgument, "adder ", static_cast<unsigned>(spec.adder),
                            " is unknown");
  }
  return machine::CheckArray(spec.array);
}

}  // namespace

class MachineImpl : public func::Machine {
 public:
  using func::Machine::Machine;
};

Machine::Machine(std::unique_ptr<MachineImpl> impl) noexcept : impl_(std::move(impl)) {}
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(Machine&&) noexcept = default;
Machine::~Machine() = default;

Result<Machine> Machine::Make(const MachineSpec& spec) noexcept {
  return base::Guarded([&]() -> Result<Machine> {
    if (Status status = CheckSpec(spec); !status.ok()) return status;
    return Machine(std::make_unique<MachineImpl>(ConfigOf(spec)));
  });
}

std::span<std::byte> Machine::memory() noexcept { return impl_->state().global; }
std::span<const std::byte> Machine::memory() const noexcept { return impl_->state().global; }

Result<Trap> Machine::Run(std::span<const uint64_t> words) noexcept {
  return base::Guarded([&]() -> Result<Trap> { return impl_->Run(words); });
}

const Counters& Machine::counters() const noexcept { return impl_->counters(); }

}  // namespace lutgemm::model
