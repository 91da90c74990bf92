#include "tools/command/asm/options.h"

#include "tools/command/asm/run.h"
#include "tools/console/options.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "asm", "Assemble a program of the LUT Tensor Core",
    R"(One instruction per line; '#' and '//' begin a comment, 'name:' is a label. docs/isa.md
explains every instruction. Without -o the words are listed. Errors name line and column.
A program without any instruction is refused with exit code 3, by `sim` and `disasm` too.)",
    R"(  lutgemm asm product.s
  lutgemm asm product.s -o product.bin && lutgemm disasm product.bin)"};

void Declare(CLI::App& command, AsmOptions& options) {
  command.add_option("FILE", options.file, "Assembly text")->required();
  command.add_option("-o,--output", options.output, "Program file to write")->type_name("OUT");
  command.add_flag("--force", options.force, "Replace OUT if it exists");
  AddJson(command, options.json);
}

}  // namespace

void AddAsm(CLI::App& app, Context& context) {
  AddSubcommand<AsmOptions>(app, context, kTexts, &Declare, &RunAsm);
}

}  // namespace lutgemm::tools
