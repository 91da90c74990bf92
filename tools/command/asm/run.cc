#include "tools/command/asm/run.h"

#include "model/isa/asm.h"
#include "model/isa/program.h"
#include "tools/command/asm/report.h"
#include "tools/command/common/output_file.h"
#include "tools/command/common/program.h"
#include "tools/console/input_file.h"

#include <fmt/core.h>

namespace lutgemm::tools {

namespace isa = model::isa;

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
    PrintJson(AsmJson(options, assembled));
  } else if (assembled.ok() && options.output.empty()) {
    PrintAsm(assembled);
  }
  return assembled.ok() ? kExitOk : kExitInput;
}

}  // namespace lutgemm::tools
