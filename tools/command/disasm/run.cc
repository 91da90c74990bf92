#include "tools/command/disasm/run.h"

#include "model/isa/disasm.h"
#include "tools/command/common/program.h"
#include "tools/command/disasm/report.h"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

namespace lutgemm::tools {
namespace {

// In decimal or, after 0x, in hexadecimal.
bool ParseWord(std::string_view text, uint64_t& word) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, word, hex ? 16 : 10);
  return error == std::errc() && stop == end;
}

Result<std::vector<uint64_t>> WordsOf(const DisasmOptions& options) {
  if (!options.file.empty()) {
    Result<ProgramText> program = ReadProgram(options.file);
    if (!program.ok()) return program.status();
    return std::move(program->words);
  }
  std::vector<uint64_t> words;
  for (const std::string& text : options.words) {
    if (!ParseWord(text, words.emplace_back())) {
      return Status(Code::kBadArgument,
                    "'" + text + "' is no 64-bit word such as 0x0100000000000000");
    }
  }
  return words;
}

}  // namespace

int RunDisasm(const DisasmOptions& options) {
  if (options.file.empty() == options.words.empty()) {
    return UsageError("give a program file or words: `lutgemm disasm FILE`, or --word");
  }
  const Result<std::vector<uint64_t>> words = WordsOf(options);
  if (!words.ok())
    return options.file.empty() ? OptionsFailed(words.status()) : FileFailed(words.status());
  const Result<std::string> text = model::isa::Disassemble(*words);
  if (!text.ok()) {
    return InputError(options.file.empty() ? text.status().text()
                                           : options.file + ": " + text.status().text());
  }
  if (options.json) {
    PrintJson(DisasmJson(options, *words, *text));
  } else {
    PrintDisasm(*text);
  }
  return kExitOk;
}

}  // namespace lutgemm::tools
