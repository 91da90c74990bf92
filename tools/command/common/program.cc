#include "tools/command/common/program.h"

#include "base/text.h"
#include "model/isa/program.h"
#include "tools/console/input_file.h"

#include <fmt/core.h>

namespace lutgemm::tools {

model::isa::Assembled AssembleProgram(std::string_view text) {
  model::isa::Assembled assembled = model::isa::Assemble(text);
  if (assembled.ok() && assembled.words.empty()) {
    assembled.errors.push_back({1, 1, "the program has no instruction; `halt` alone would be one"});
  }
  return assembled;
}

Result<ProgramText> ReadProgram(const std::string& path) {
  const Result<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  if (model::isa::IsProgram(*bytes)) {
    Result<std::vector<uint64_t>> words = model::isa::ProgramWords(*bytes);
    if (!words.ok()) {
      return base::MakeStatus(words.status().code(), path, ": ", words.status().text());
    }
    if (words->empty()) {
      return base::MakeStatus(Code::kCorruptFile, path, ": the program has no instruction");
    }
    return ProgramText{*std::move(words), {}};
  }
  model::isa::Assembled assembled = AssembleProgram(*bytes);
  if (!assembled.ok()) {
    return base::MakeStatus(Code::kCorruptFile, path, ": ",
                            model::isa::ToText(assembled.errors.front()));
  }
  return ProgramText{std::move(assembled.words), std::move(assembled.lines)};
}

std::string HexText(uint64_t word) { return fmt::format("{:#018x}", word); }

}  // namespace lutgemm::tools
