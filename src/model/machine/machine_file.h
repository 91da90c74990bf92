// The one reader of machine files.
#ifndef LUTGEMM_MODEL_MACHINE_MACHINE_FILE_H_
#define LUTGEMM_MODEL_MACHINE_MACHINE_FILE_H_

#include "model/cost/machine.h"

#include <lutgemm/model/machine.hpp>

#include <string_view>

namespace lutgemm::model::machine {

// What a machine file, a JSON object, describes; docs/model-cost.md has every key.
struct MachineDescription {
  // What the compiler needs of it. Only "array" must be there:
  //   "name"                           a text
  //   "array"                          "m", "n", "k"; "unit": "lut", "fill_cycles"
  //   "memory": "shared": "kib"        the scratchpad
  //   "memory": "registers": "kib"     vector registers; of more than 256 a program names 256
  Result<Array> array;
  // All of it, for costs. Keys that are missing, unknown or out of range are errors; `technology`
  // and its keys may be left out.
  Result<cost::Machine> machine;
  // Whether it is meant to describe more than one array: it says at what clock, for which the
  // compiler has no use.
  bool whole = false;
};

// Fails where the text is no JSON object. These errors and those of the parts are kCorruptFile,
// start with "FILE:LINE:COLUMN: " and say what would be right.
Result<MachineDescription> ReadMachineFile(std::string_view text, std::string_view file);

// One part of it alone.
inline Result<Array> ReadArray(std::string_view text, std::string_view file) {
  const Result<MachineDescription> description = ReadMachineFile(text, file);
  return description.ok() ? description->array : description.status();
}
inline Result<cost::Machine> ReadMachine(std::string_view text, std::string_view file) {
  const Result<MachineDescription> description = ReadMachineFile(text, file);
  return description.ok() ? description->machine : description.status();
}

}  // namespace lutgemm::model::machine

#endif  // LUTGEMM_MODEL_MACHINE_MACHINE_FILE_H_
