// The disassembler: words to the canonical text, which the assembler takes back.
#ifndef LUTGEMM_MODEL_ISA_DISASM_H_
#define LUTGEMM_MODEL_ISA_DISASM_H_

#include "model/isa/isa.h"

#include <lutgemm/status.hpp>

#include <span>
#include <string>
#include <string_view>

namespace lutgemm::model::isa {

// One instruction, its branch target as a distance in words, or as `target` where that is given.
std::string ToText(const Instruction& instruction, std::string_view target = {});

// A program, one instruction per line, labels L<word> where branches lead. Fails with kBadArgument
// on a reserved word; the text has its index.
Result<std::string> Disassemble(std::span<const uint64_t> words);

}  // namespace lutgemm::model::isa

#endif  // LUTGEMM_MODEL_ISA_DISASM_H_
