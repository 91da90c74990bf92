#include "tools/command/commands.h"

#include "tools/command/asm/options.h"
#include "tools/command/bench/options.h"
#include "tools/command/cpu/options.h"
#include "tools/command/demo/options.h"
#include "tools/command/disasm/options.h"
#include "tools/command/dse/options.h"
#include "tools/command/eval/options.h"
#include "tools/command/explain/options.h"
#include "tools/command/graph/options.h"
#include "tools/command/inspect/options.h"
#include "tools/command/kernels/options.h"
#include "tools/command/repack/options.h"
#include "tools/command/run/options.h"
#include "tools/command/sim/options.h"
#include "tools/command/tune/options.h"
#include "tools/command/verify/options.h"

#include <lutgemm/version.h>
#include <lutgemm/types.hpp>

#include <string>

namespace lutgemm::tools {
namespace {

constexpr char kDescription[] =
    R"(Low-bit weights times wider activations, by table lookup.

Start with: lutgemm repack model.safetensors -o model.int4.safetensors --format int4
or, with a GGUF file of a Llama model: lutgemm run model.gguf -p "Once upon a time")";

constexpr char kFooter[] = R"(
Words: O[M,N] = A[M,K] x W[N,K]^T. M = tokens, N = outputs, K = the summed dimension.
NMSE = sum of squared errors / sum of squared values.
`lutgemm COMMAND --help`, or `lutgemm help COMMAND`, explains a command and shows examples.
Exit codes: 0 ok, 1 a check failed, 2 wrong command line, 3 bad input file.

Every report takes --json: one JSON document on standard output and nothing else there. A
progress bar appears on a terminal for work over a second.

Numbers are decimal. Every option refuses signs, spaces, hexadecimal, NaN, infinity and what
its range does not hold, with exit code 2; only `disasm --word` takes hexadecimal. Reports show
significant digits, so that no small figure becomes 0. An option or argument that is there must
not be empty.

No command replaces a file without --force, nor one that it reads, not even with --force, under
another name or by a link; no two outputs of a command may be one file. Each gives exit code 2.
Only `tune` reads the profile that it writes. Files appear complete or not at all.

A report that cannot be written, because standard output is closed or its disk is full, is told
on standard error and makes exit code 0 a 1; files that the command was asked for are there all
the same. A reader that closes its end of a pipe, such as `head`, has read enough: that is no
failure. Errors keep their exit code where standard error is closed or full; but where a report
was asked for there, as by `sim --trace`, losing it makes 0 a 1 too. No file that the command
opens takes the place of a standard stream that is closed.)";

// To the commands an empty text means that an option was not given, so nobody may give one.
void RefuseEmpty(CLI::App& command) {
  const CLI::Validator filled(
      [](const std::string& text) { return std::string(text.empty() ? "must not be empty" : ""); },
      "");
  for (CLI::Option* option : command.get_options()) {
    if (option->get_expected_max() > 0) option->check(filled);
  }
  for (CLI::App* below : command.get_subcommands({})) RefuseEmpty(*below);
}

}  // namespace

void MakeCommand(CLI::App& app, Context& context) {
  app.name("lutgemm");
  app.description(kDescription);
  app.footer(kFooter);
  app.set_version_flag("--version", "lutgemm " LUTGEMM_VERSION);
  app.get_formatter()->column_width(32);
  app.require_subcommand(0, 1);
  AddRepack(app, context);
  AddInspect(app, context);
  AddVerify(app, context);
  AddExplain(app, context);
  AddCpu(app, context);
  AddKernels(app, context);
  AddBench(app, context);
  AddTune(app, context);
  AddDemo(app, context);
  AddRun(app, context);
  AddEval(app, context);
  AddAsm(app, context);
  AddDisasm(app, context);
  AddSim(app, context);
  AddGraph(app, context);
  AddDse(app, context);
  RefuseEmpty(app);
}

}  // namespace lutgemm::tools
