#include "tools/command/asm/report.h"

#include "model/isa/disasm.h"
#include "model/isa/encode.h"
#include "tools/command/common/program.h"

#include <fmt/core.h>

#include <utility>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;

std::string CanonicalText(uint64_t word) { return isa::ToText(*isa::Decode(word)); }

}  // namespace

Json AsmJson(const AsmOptions& options, const model::isa::Assembled& assembled) {
  Json words = Json::array(), errors = Json::array();
  for (size_t i = 0; i < assembled.words.size() && assembled.ok(); ++i) {
    words.push_back({{"word", HexText(assembled.words[i])},
                     {"line", assembled.lines[i]},
                     {"text", CanonicalText(assembled.words[i])}});
  }
  for (const model::isa::Diagnostic& error : assembled.errors) {
    errors.push_back({{"line", error.line}, {"column", error.column}, {"text", error.text}});
  }
  return {{"file", options.file},
          {"output", options.output.empty() ? Json(nullptr) : Json(options.output)},
          {"ok", assembled.ok()},
          {"words", std::move(words)},
          {"errors", std::move(errors)}};
}

void PrintAsm(const model::isa::Assembled& assembled) {
  for (size_t i = 0; i < assembled.words.size(); ++i) {
    fmt::print("{:5} {} {}\n", i, HexText(assembled.words[i]), CanonicalText(assembled.words[i]));
  }
}

}  // namespace lutgemm::tools
