// The commands of `lutgemm`, one file each. Every Add function registers one subcommand; parsing
// the command line runs it and leaves its exit code in the context.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMANDS_H_
#define LUTGEMM_TOOLS_COMMAND_COMMANDS_H_

#include "tools/console/report.h"

#include <CLI/CLI.hpp>

#include <string>

namespace lutgemm::tools {

struct Context {
  int exit_code = kExitOk;
  std::string command_line;  // as it was typed, but for quotes
};

// All of these.
void AddCommands(CLI::App& app, Context& context);

void AddRepack(CLI::App& app, Context& context);
void AddInspect(CLI::App& app, Context& context);
void AddVerify(CLI::App& app, Context& context);
void AddExplain(CLI::App& app, Context& context);
void AddCpu(CLI::App& app, Context& context);
void AddKernels(CLI::App& app, Context& context);
void AddBench(CLI::App& app, Context& context);
void AddTune(CLI::App& app, Context& context);
void AddDemo(CLI::App& app, Context& context);
// Below `lutgemm sim`.
void AddSimBitmod(CLI::App& sim, Context& context);
void AddDse(CLI::App& app, Context& context);
void AddAsm(CLI::App& app, Context& context);
void AddDisasm(CLI::App& app, Context& context);
void AddSim(CLI::App& app, Context& context);
void AddGraph(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMANDS_H_
