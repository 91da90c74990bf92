// lutgemm: repack checkpoints into low-bit weights, look into them, check them, time them.
#include "tools/command/commands.h"
#include "tools/command/common/streams.h"
#include "tools/console/report.h"

#include <cstdio>
#include <exception>
#include <new>
#include <sstream>
#include <string>

namespace {

namespace tools = lutgemm::tools;

// Help and version go to stdout, errors to stderr.
int Exit(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out, err;
  const int code = app.exit(error, out, err);
  std::fputs(out.str().c_str(), stdout);
  std::fputs(err.str().c_str(), stderr);
  return code == 0 ? tools::kExitOk : tools::kExitUsage;
}

int Run(int argc, char** argv) {
  CLI::App app;
  tools::Context context;
  context.command_line = "lutgemm";
  for (int i = 1; i < argc; ++i) context.command_line += std::string(" ") + argv[i];
  tools::MakeCommand(app, context);
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
