#include "tools/commands.h"

namespace lutgemm::tools {

void AddCommands(CLI::App& app, Context& context) {
  AddRepack(app, context);
  AddInspect(app, context);
  AddVerify(app, context);
  AddExplain(app, context);
  AddCpu(app, context);
  AddBench(app, context);
  AddTune(app, context);
  AddDemo(app, context);
  AddAsm(app, context);
  AddDisasm(app, context);
  AddSim(app, context);
  AddGraph(app, context);
  AddDse(app, context);
}

}  // namespace lutgemm::tools
