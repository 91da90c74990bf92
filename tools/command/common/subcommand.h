// How every subcommand joins the command: its texts, its options, and what runs once they are read.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_SUBCOMMAND_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_SUBCOMMAND_H_

#include "tools/console/report.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <utility>

namespace lutgemm::tools {

struct Context {
  int exit_code = kExitOk;
  std::string command_line;  // as it was typed, but for quotes
};

// What the help of a subcommand says besides its options.
struct CommandTexts {
  const char* name;
  const char* what;      // one line
  const char* notes;     // paragraphs: what it does, what the columns of its report mean
  const char* examples;  // command lines, indented by two; those indented further continue one
};

// Adds a subcommand. `declare(command, options)` adds the options, which live as long as the
// parser; when the command line is read, `run(options)` gives the exit code. A subcommand of the
// subcommand runs in its place.
template <class Options, class Declare, class Run>
CLI::App& AddSubcommand(CLI::App& app, Context& context, const CommandTexts& texts, Declare declare,
                        Run run) {
  CLI::App* command = app.add_subcommand(texts.name, texts.what);
  const auto options = std::make_shared<Options>();
  declare(*command, *options);
  command->footer(std::string("\n") + texts.notes + "\n\nExamples:\n" + texts.examples);
  command->callback([command, options, run = std::move(run), &context] {
    if (command->get_subcommands().empty()) context.exit_code = run(*options);
  });
  return *command;
}

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_SUBCOMMAND_H_
