// The assembler: text to words. One instruction per line; docs/isa.md has the language.
#ifndef LUTGEMM_MODEL_ISA_ASM_H_
#define LUTGEMM_MODEL_ISA_ASM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::model::isa {

// What is wrong in a text, and where; lines and columns (of bytes) count from 1.
struct Diagnostic {
  size_t line = 0;
  size_t column = 0;
  std::string text;
};
// "line 3, column 7: ..."
std::string ToText(const Diagnostic& diagnostic);

struct Assembled {
  std::vector<uint64_t> words;
  std::vector<size_t> lines;       // the line of each word
  std::vector<Diagnostic> errors;  // at most one per line, in order; words are useless with any

  bool ok() const { return errors.empty(); }
};

Assembled Assemble(std::string_view text);

}  // namespace lutgemm::model::isa

#endif  // LUTGEMM_MODEL_ISA_ASM_H_
