// lutgemm asm: assembly text of the LUT Tensor Core to words.
#include "tools/console/options.h"
#include "tools/command/commands.h"
#include "tools/command/common/output_file.h"
#include "tools/command/common/program.h"
#include "tools/console/input_file.h"
#include "tools/console/report.h"

#include "model/isa/asm.h"
#include "model/isa/disasm.h"
#include "model/isa/encode.h"
#include "model/isa/program.h"

#include <fmt/core.h>

#include <memory>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;

constexpr char kFooter[] =
    "\nOne instruction per line; '#' and '//' begin a comment, 'name:' is a label. docs/isa.md\n"
    "explains every instruction. Without -o the words are listed. Errors name line and column.\n\n"
    "Examples:\n"
    "  lutgemm asm product.s\n"
    "  lutgemm asm product.s -o product.bin && lutgemm disasm product.bin";

struct AsmOptions {
  std::string file, output;
  bool force = false, json = false;
};

std::string CanonicalText(uint64_t word) { return isa::ToText(*isa::Decode(word)); }

Json ToJson(const AsmOptions& options, const isa::Assembled& assembled) {
  Json words = Json::array(), errors = Json::array();
  for (size_t i = 0; i < assembled.words.size() && assembled.ok(); ++i) {
    words.push_back({{"word", HexText(assembled.words[i])},
                     {"line", assembled.lines[i]},
                     {"text", CanonicalText(assembled.words[i])}});
  }
  for (const isa::Diagnostic& error : assembled.errors) {
    errors.push_back({{"line", error.line}, {"column", error.column}, {"text", error.text}});
  }
  return {{"file", options.file},
          {"output", options.output.empty() ? Json(nullptr) : Json(options.output)},
          {"ok", assembled.ok()},
          {"words", std::move(words)},
          {"errors", std::move(errors)}};
}

void Print(const isa::Assembled& assembled) {
  for (size_t i = 0; i < assembled.words.size(); ++i) {
    fmt::print("{:5} {} {}\n", i, HexText(assembled.words[i]), CanonicalText(assembled.words[i]));
  }
}

int RunAsm(const AsmOptions& options) {
  const Result<std::string> text = ReadFile(options.file);
  if (!text.ok()) return FileFailed(text.status());
  const isa::Assembled assembled = AssembleProgram(*text);
  for (const isa::Diagnostic& error : assembled.errors) {
    InputError(fmt::format("{}: {}", options.file, isa::ToText(error)));
  }
  if (assembled.ok() && !options.output.empty()) {
    Status status = CheckNotInput(options.output, {options.file});
    if (status.ok()) {
      status = WriteOutput(options.output, isa::ProgramBytes(assembled.words), options.force);
    }
    if (!status.ok()) return OutputFailed(status);
  }
  if (options.json) {
    PrintJson(ToJson(options, assembled));
  } else if (assembled.ok() && options.output.empty()) {
    Print(assembled);
  }
  return assembled.ok() ? kExitOk : kExitInput;
}

}  // namespace

void AddAsm(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("asm", "Assemble a program of the LUT Tensor Core");
  auto options = std::make_shared<AsmOptions>();
  command->add_option("FILE", options->file, "Assembly text")->required();
  command->add_option("-o,--output", options->output, "Program file to write")->type_name("OUT");
  command->add_flag("--force", options->force, "Replace OUT if it exists");
  AddJson(*command, options->json);
  command->footer(kFooter);
  command->callback([options, &context] { context.exit_code = RunAsm(*options); });
}

}  // namespace lutgemm::tools
