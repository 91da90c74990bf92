// One line of assembly text: label, instruction, comment.
#ifndef LUTGEMM_MODEL_ISA_LINE_PARSER_H_
#define LUTGEMM_MODEL_ISA_LINE_PARSER_H_

#include "model/isa/asm.h"
#include "model/isa/isa.h"

#include <optional>
#include <string_view>

namespace lutgemm::model::isa {

// A name in a line, and the column where it stands.
struct LineName {
  std::string_view text;
  size_t column = 0;
};

struct ParsedLine {
  std::optional<LineName> label;
  std::optional<Instruction> instruction;
  size_t column = 0;               // of the instruction
  std::optional<LineName> target;  // a label that the instruction branches to
  std::optional<Diagnostic> error;
};

// Views of the result point into `text`. `line` is its number.
ParsedLine ParseLine(std::string_view text, size_t line);

}  // namespace lutgemm::model::isa

#endif  // LUTGEMM_MODEL_ISA_LINE_PARSER_H_
