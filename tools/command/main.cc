// lutgemm: repack checkpoints into low-bit weights, look into them, check them, time them.
#include "tools/command/commands.h"
#include "tools/command/common/streams.h"
#include "tools/console/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

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

// `help COMMAND` is `COMMAND --help`.
std::vector<std::string> Arguments(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  if (!arguments.empty() && arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  return arguments;
}

// What is wrong with a first word that is no option; empty where it is a command.
std::string UnknownCommand(const CLI::App& app, const std::string& word) {
  if (word.starts_with('-')) return {};
  std::string names;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == word) return {};
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  return fmt::format("'{}' is not a command; the commands are {}", tools::Printable(word), names);
}

int Run(std::vector<std::string> arguments) {
  CLI::App app;
  tools::Context context;
  context.command_line = "lutgemm";
  for (const std::string& argument : arguments) context.command_line += " " + argument;
  tools::MakeCommand(app, context);
  if (!arguments.empty()) {
    const std::string unknown = UnknownCommand(app, arguments.front());
    if (!unknown.empty()) return tools::UsageError(unknown);
  }
  std::ranges::reverse(arguments);  // as CLI11 takes them
  try {
    app.parse(std::move(arguments));
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
    return Run(Arguments(argc, argv));
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
