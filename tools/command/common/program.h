// Programs of the LUT Tensor Core in files.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_PROGRAM_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_PROGRAM_H_

#include "model/isa/asm.h"

#include <lutgemm/status.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

// What the assembler makes of text, which must have an instruction.
model::isa::Assembled AssembleProgram(std::string_view text);

// A program with the line of each word, where it comes from text.
struct ProgramText {
  std::vector<uint64_t> words;
  std::vector<size_t> lines;  // empty for program files
};
// Assembly text, or a program file of `lutgemm asm`. Failures name file, line and column.
Result<ProgramText> ReadProgram(const std::string& path);

// "0x4028..." of 16 digits.
std::string HexText(uint64_t word);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_PROGRAM_H_
