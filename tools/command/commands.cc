#include "tools/command/commands.h"

#include <string>

namespace lutgemm::tools {
namespace {

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

void AddCommands(CLI::App& app, Context& context) {
  AddRepack(app, context);
  AddInspect(app, context);
  AddVerify(app, context);
  AddExplain(app, context);
  AddCpu(app, context);
  AddKernels(app, context);
  AddBench(app, context);
  AddTune(app, context);
  AddDemo(app, context);
  AddAsm(app, context);
  AddDisasm(app, context);
  AddSim(app, context);
  AddGraph(app, context);
  AddDse(app, context);
  RefuseEmpty(app);
}

}  // namespace lutgemm::tools
