// Programs in text on a small machine, for tests.
#ifndef LUTGEMM_TESTS_MODEL_FUNC_KIT_H_
#define LUTGEMM_TESTS_MODEL_FUNC_KIT_H_

#include "model/func/lanes.h"
#include "model/func/machine.h"
#include "model/isa/asm.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace lutgemm::test {

inline model::func::Config SmallConfig() {
  model::func::Config config;
  config.scratchpad_bytes = 4096;
  config.global_bytes = 8192;
  config.max_steps = 10000;
  return config;
}

inline std::vector<uint64_t> MustAssemble(const std::string& text) {
  const auto assembled = model::isa::Assemble(text);
  REQUIRE_MESSAGE(assembled.ok(), model::isa::ToText(assembled.errors.front()));
  return assembled.words;
}

// Runs the text, with a halt after it.
inline model::func::Trap RunText(model::func::Machine& machine, const std::string& text) {
  return machine.Run(MustAssemble(text + "\nhalt\n"));
}

template <class T>
void SetLane(model::func::Machine& machine, int reg, size_t index, T value) {
  model::func::StoreAs(machine.state().Register(reg), index, value);
}
template <class T>
T Lane(model::func::Machine& machine, int reg, size_t index) {
  return model::func::LoadAs<T>(machine.state().Register(reg), index);
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_MODEL_FUNC_KIT_H_
