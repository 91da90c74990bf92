#include "tools/command/inspect/options.h"

#include "tools/command/common/import_options.h"
#include "tools/command/inspect/run.h"
#include "tools/console/options.h"

namespace lutgemm::tools {
namespace {

constexpr CommandTexts kTexts{
    "inspect", "Show the tensors and metadata of a file",
    R"(FILE may be any checkpoint that `repack` reads, or a file that it wrote. Of packed tensors it
shows format, layout, group, scale type, zero points, bits per weight with everything counted,
and of every tensor whether its stored checksum fits (exit code 1 if one does not). Of a checkpoint with
quantised weights it shows what each is, the bits per weight that it takes there and packed, and
what `repack` without options does with it; where it passes through, why.)",
    R"(  lutgemm inspect model.safetensors
  lutgemm inspect model.Q4_K_M.gguf
  lutgemm inspect model.int4.safetensors --json)"};

void Declare(CLI::App& command, InspectOptions& options) {
  command.add_option("FILE", options.file, "A .safetensors, .safetensors.index.json or .gguf file")
      ->required();
  AddImportOptions(command, options.import);
  AddJson(command, options.json);
}

}  // namespace

void AddInspect(CLI::App& app, Context& context) {
  AddSubcommand<InspectOptions>(app, context, kTexts, &Declare, &RunInspect);
}

}  // namespace lutgemm::tools
