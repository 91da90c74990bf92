// What `lutgemm sim` runs: a compiled product with its check, or a program.
#ifndef LUTGEMM_TOOLS_MODEL_SIM_H_
#define LUTGEMM_TOOLS_MODEL_SIM_H_

#include "model/lower/simulate.h"
#include "tools/options.h"
#include "tools/report.h"

#include <optional>
#include <string>

namespace lutgemm::tools {

struct SimOptions {
  // Either.
  std::string file;
  std::string problem;  // "MxNxK"

  std::string machine = "m2n64k4";  // a shape, a name of data/machines, or a JSON file
  model::func::Mode mode = model::func::Mode::kExact;
  bool exponent_quirk = false, trace = false, json = false;

  // Of a product.
  WeightOptions weights;
  std::string act;  // none: i8 in mode exact, f16 in mode rtl
  std::string acc, out;
  bool quantised_tables = false;
  uint64_t seed = 1;

  // Of a program.
  std::string global, dump;
  uint64_t global_bytes = uint64_t{1} << 20;
  uint64_t max_steps = 100'000'000;
  bool force = false;
};

// The array that --machine names: a shape, or that of a machine file or of a name of data/machines.
Result<model::lower::Target> ReadTarget(const std::string& machine);
// The exit code where that fails: a bad file is bad input, a bad shape a wrong option.
int TargetFailed(const std::string& machine, const Status& status);
// Writes each instruction to stderr; empty unless wanted.
model::func::Observer TraceTo(bool wanted);
Json CountersJson(const model::func::Counters& counters);
void PrintCounters(const model::func::Counters& counters);

// Run, print, and return the exit code.
int SimulateProblem(const SimOptions& options);
int SimulateProgram(const SimOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MODEL_SIM_H_
