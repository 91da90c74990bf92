// Machines that come along, for the tests of costs.
#ifndef LUTGEMM_TESTS_MODEL_COST_KIT_H_
#define LUTGEMM_TESTS_MODEL_COST_KIT_H_

#include "model/cost/shape.h"
#include "model/machine/machine_file.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace lutgemm::test {

// The paper's kernel study.
inline constexpr model::Shape kPrefill = {2048, 27648, 5120};

inline std::string MachineText(const std::string& name) {
  std::ifstream file(LUTGEMM_SOURCE_DIR "/data/machines/" + name + ".json", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline model::cost::Machine LoadMachine(const std::string& name) {
  const Result<model::cost::Machine> machine = model::machine::ReadMachine(MachineText(name), name);
  CAPTURE(machine.status().text());
  REQUIRE(machine.ok());
  CHECK(machine->name == name);
  return *machine;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_MODEL_COST_KIT_H_
