// lutgemm sim: its options.
#ifndef LUTGEMM_TOOLS_COMMAND_SIM_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_SIM_OPTIONS_H_

#include "model/lower/simulate.h"
#include "tools/command/common/subcommand.h"
#include "tools/console/options.h"

#include <optional>
#include <string>
#include <string_view>

namespace lutgemm::tools {

// What --mode names. Released is mode rtl with all that the released hardware does otherwise.
enum class SimMode : uint8_t { kExact, kRtl, kReleased };
std::string_view Name(SimMode mode);

inline constexpr uint64_t kDefaultSteps = 100'000'000;

struct SimOptions {
  // Either.
  std::string file;
  std::string problem;       // "MxNxK"
  std::string weights_file;  // "FILE" or "FILE:TENSOR"

  std::string machine = "m2n64k4";  // a shape, a name of data/machines, or a JSON file
  SimMode mode = SimMode::kExact;
  bool exponent_quirk = false;
  std::optional<model::func::Adder> adder;  // none: the mode's
  bool trace = false, json = false, force = false;

  // Of a product.
  WeightOptions weights;
  // A type, none being i8 in mode exact and f16 in others; beside weights a file, "FILE:TENSOR" or
  // raw numbers, and the type that they become, none being what they are or else f16.
  std::string act, act_type;
  std::string acc, out;
  bool quantised_tables = false;
  uint64_t seed = 1;
  std::string emit, emit_global;  // the compiled program and the memory that it starts with

  // Of a program.
  std::string global, dump;
  std::optional<uint64_t> global_bytes;  // none: 1 MiB, or as long as `global`
  uint64_t max_steps = kDefaultSteps;
};

// Mode, quirk and adder of the machine as the options say, with the observer of --trace.
model::lower::SimulationOptions MachineOptions(const SimOptions& options);

void AddSim(CLI::App& app, Context& context);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_SIM_OPTIONS_H_
