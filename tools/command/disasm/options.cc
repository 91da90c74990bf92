// lutgemm disasm: words of the LUT Tensor Core to assembly text.
#include "tools/console/options.h"
#include "tools/command/commands.h"
#include "tools/command/common/program.h"
#include "tools/console/report.h"

#include "model/isa/disasm.h"

#include <fmt/core.h>

#include <charconv>
#include <memory>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;

constexpr char kFooter[] =
    "\nPrints the canonical text, which `lutgemm asm` turns into the same words again.\n\n"
    "Examples:\n"
    "  lutgemm disasm product.bin\n"
    "  lutgemm disasm --word 0x402cd05204000804";

struct DisasmOptions {
  std::string file;
  std::vector<std::string> words;
  bool json = false;
};

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

int RunDisasm(const DisasmOptions& options) {
  if (options.file.empty() == options.words.empty()) {
    return UsageError("give a program file or words: `lutgemm disasm FILE`, or --word");
  }
  const Result<std::vector<uint64_t>> words = WordsOf(options);
  if (!words.ok())
    return options.file.empty() ? OptionsFailed(words.status()) : FileFailed(words.status());
  const Result<std::string> text = isa::Disassemble(*words);
  if (!text.ok()) {
    return InputError(options.file.empty() ? text.status().text()
                                           : options.file + ": " + text.status().text());
  }
  if (options.json) {
    Json hex = Json::array();
    for (const uint64_t word : *words) hex.push_back(HexText(word));
    PrintJson({{"file", options.file.empty() ? Json(nullptr) : Json(options.file)},
               {"words", std::move(hex)},
               {"text", *text}});
  } else {
    fmt::print("{}", *text);
  }
  return kExitOk;
}

}  // namespace

void AddDisasm(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("disasm", "Show a program of the LUT Tensor Core as text");
  auto options = std::make_shared<DisasmOptions>();
  command->add_option("FILE", options->file, "Program file of `lutgemm asm`");
  command->add_option("--word", options->words, "Words to decode instead of a file")
      ->type_name("HEX");
  AddJson(*command, options->json);
  command->footer(kFooter);
  command->callback([options, &context] { context.exit_code = RunDisasm(*options); });
}

}  // namespace lutgemm::tools
