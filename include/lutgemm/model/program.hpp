// Programs of the LUT Tensor Core: 64-bit words and their text. docs/isa.md has both.
// Defined in src/model/api.
#ifndef LUTGEMM_MODEL_PROGRAM_HPP_
#define LUTGEMM_MODEL_PROGRAM_HPP_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::model {

// The words of a text, one per instruction. kCorruptFile where a line is wrong: the text of the
// error has a line for each of them, "line 3, column 7: ..." with what would be right.
LUTGEMM_API Result<std::vector<uint64_t>> Assemble(std::string_view text) noexcept;

// The canonical text of words, one instruction per line, labels L<word> where branches lead.
// Assemble takes it back. kBadArgument on a word that is no instruction; the text has its index.
LUTGEMM_API Result<std::string> Disassemble(std::span<const uint64_t> words) noexcept;

// The name of an instruction, by its place in Counters::executed; "" past the last one.
LUTGEMM_API std::string_view InstructionName(size_t index) noexcept;

}  // namespace lutgemm::model

#endif  // LUTGEMM_MODEL_PROGRAM_HPP_
