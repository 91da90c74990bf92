// Programs in files: the bytes "LUTISA1" and a zero byte, then little-endian 64-bit words.
#ifndef LUTGEMM_MODEL_ISA_PROGRAM_H_
#define LUTGEMM_MODEL_ISA_PROGRAM_H_

#include <lutgemm/status.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::model::isa {

// Whether bytes begin as a program file does; anything else is taken for assembly text.
bool IsProgram(std::string_view bytes);

std::string ProgramBytes(std::span<const uint64_t> words);

// Fails with kCorruptFile where the bytes are no program file. Words are not decoded.
Result<std::vector<uint64_t>> ProgramWords(std::string_view bytes);

}  // namespace lutgemm::model::isa

#endif  // LUTGEMM_MODEL_ISA_PROGRAM_H_
