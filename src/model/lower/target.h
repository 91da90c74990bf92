// The machine that programs are compiled for: one lookup array with its registers and memories.
#ifndef LUTGEMM_MODEL_LOWER_TARGET_H_
#define LUTGEMM_MODEL_LOWER_TARGET_H_

#include "model/isa/operands.h"

#include <lutgemm/status.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace lutgemm::model::lower {

// The defaults are ours but for the shape, which is the paper's choice (section 4.2.2).
struct Target {
  std::string name = "m2n64k4";
  size_t m = 2, n = 64, k = 4;  // shape of the array and of its lmma
  size_t registers = isa::kMaxRegisters;
  size_t scratchpad_bytes = size_t{160} << 10;
  size_t fill_cycles = 1;  // once, beside a cycle per plane: the RTL's output register
};

// A shape as text, "m2n64k4": a target with that array and defaults otherwise. Fails with
// kBadArgument; m and n are powers of two as lmma has them, k is 1 to 8.
Result<Target> ParseShape(std::string_view text);

// What the compiler needs of a machine file, a JSON object:
//   "name"                           a text
//   "array"                          "m", "n", "k"; "unit": "lut", "fill_cycles"
//   "memory": "shared": "kib"        the scratchpad
//   "memory": "registers": "kib"     vector registers; of more than 256 a program names 256
// "array" must be there. Other keys belong to the cost model. Errors are kCorruptFile and start
// with "FILE:LINE:COLUMN: ".
Result<Target> ParseTarget(std::string_view text, std::string_view file);

// Fails with kBadArgument where a field is out of range.
Status CheckTarget(const Target& target);

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_TARGET_H_
