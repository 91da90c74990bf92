// lutgemm: repack checkpoints into low-bit weights, look into them, check them, time them.
#include "tools/commands.h"
#include "tools/report.h"
#include "tools/streams.h"

#include <lutgemm/version.h>

#include <cstdio>
#include <exception>
#include <new>
#include <sstream>
#include <string>

namespace {

namespace tools = lutgemm::tools;

constexpr char kDescription[] =
    "Low-bit weights times wider activations, by table lookup.\n\n"
    "Start with: lutgemm repack model.safetensors -o model.int4.safetensors --format int4";

constexpr char kFooter[] =
    "\nWords: O[M,N] = A[M,K] x W[N,K]^T. M = tokens, N = outputs, K = the summed dimension.\n"
    "NMSE = sum of squared errors / sum of squared values.\n"
    "`lutgemm COMMAND --help` explains a command and shows examples.\n"
    "Exit codes: 0 ok, 1 a check failed, 2 wrong command line, 3 bad input file.";

// Help and version go to stdout, errors to stderr.
int Exit(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out, err;
  const int code = app.exit(error, out, err);
  std::fputs(out.str().c_str(), stdout);
  std::fputs(err.str().c_str(), stderr);
  return code == 0 ? tools::kExitOk : tools::kExitUsage;
}

int Run(int argc, char** argv) {
  CLI::App app(kDescription, "lutgemm");
  app.footer(kFooter);
  app.set_version_flag("--version", "lutgemm " LUTGEMM_VERSION);
  app.get_formatter()->column_width(32);
  app.require_subcommand(0, 1);
  tools::Context context;
  context.command_line = "lutgemm";
  for (int i = 1; i < argc; ++i) context.command_line += std::string(" ") + argv[i];
  tools::AddCommands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Exit(app, error);
  }
  if (app.get_subcommands().empty()) {
    std::fputs(app.help().c_str(), stderr);
    return tools::kExitUsage;
  }
  return context.exit_code;
}

// Run, with what it throws as an exit code.
int RunToEnd(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::bad_alloc&) {
    return tools::CheckFailed("out of memory");
  } catch (const std::exception& error) {
    return tools::CheckFailed(error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  tools::OpenStandardStreams();
  return tools::CloseStandardStreams(RunToEnd(argc, argv));
}
