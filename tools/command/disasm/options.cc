#include "tools/command/disasm/options.h"

#include "tools/command/disasm/run.h"
#include "tools/console/options.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "disasm", "Show a program of the LUT Tensor Core as text",
    R"(Prints the canonical text, which `lutgemm asm` turns into the same words again.)",
    R"(  lutgemm disasm product.bin
  lutgemm disasm --word 0x402cd05204000804)"};

void Declare(CLI::App& command, DisasmOptions& options) {
  command.add_option("FILE", options.file, "Program file of `lutgemm asm`");
  command.add_option("--word", options.words, "Words to decode instead of a file")
      ->type_name("HEX");
  AddJson(command, options.json);
}

}  // namespace

void AddDisasm(CLI::App& app, Context& context) {
  AddSubcommand<DisasmOptions>(app, context, kTexts, &Declare, &RunDisasm);
}

}  // namespace lutgemm::tools
