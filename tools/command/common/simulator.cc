#include "tools/command/common/simulator.h"

#include "model/isa/disasm.h"
#include "model/machine/machine_file.h"
#include "tools/command/common/machine_file.h"
#include "tools/console/input_file.h"

#include <fmt/core.h>

namespace lutgemm::tools {
namespace {

using model::func::Counters;
using model::isa::InstructionSpec;

}  // namespace

void AddMachine(CLI::App& command, std::string& machine) {
  command
      .add_option("--machine", machine,
                  "Shape of the array, or a machine that has it: a name such as\n"
                  "a100-lut-4x, or a JSON file [m2n64k4]")
      ->type_name("SHAPE|NAME|FILE");
}

Status CheckMachineFormat(WeightFormat format) {
  if (model::isa::WeightTypeOf(format)) return {};
  return {Code::kBadArgument, fmt::format("lmma has no weights of format {}: choose {}",
                                          Name(format), kMachineFormats)};
}

Result<model::Array> ReadTarget(const std::string& machine) {
  const std::string path = MachinePath(machine);
  if (!path.ends_with(".json")) return model::ParseArray(machine);
  const Result<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  return model::machine::ReadArray(*text, path);
}

int TargetFailed(const std::string& machine, const Status& status) {
  return machine.ends_with(".json") ? FileFailed(status) : OptionsFailed(status);
}

Json CountersJson(const Counters& c) {
  Json instructions = Json::object();
  for (const InstructionSpec& spec : model::isa::Instructions()) {
    if (c.Executed(spec.op) != 0) instructions[std::string(spec.name)] = c.Executed(spec.op);
  }
  return {{"steps", c.steps},
          {"instructions", std::move(instructions)},
          {"lookups", c.lookups},
          {"table_adds", c.table_adds},
          {"bytes",
           {{"global_read", c.global_read},
            {"global_written", c.global_written},
            {"scratchpad_read", c.scratchpad_read},
            {"scratchpad_written", c.scratchpad_written},
            {"register_read", c.register_read},
            {"register_written", c.register_written}}}};
}

void PrintCounters(const Counters& c) {
  fmt::print("executed   {} instructions:", c.steps);
  for (const InstructionSpec& spec : model::isa::Instructions()) {
    if (c.Executed(spec.op) != 0) fmt::print(" {} {}", spec.name, c.Executed(spec.op));
  }
  fmt::print("\nlookups    {}, additions for tables {}\n", c.lookups, c.table_adds);
  Table bytes({"bytes", "read", "written"});
  const auto add = [&](const char* name, uint64_t read, uint64_t written) {
    bytes.Add({name, fmt::format("{}", read), fmt::format("{}", written)});
  };
  add("global", c.global_read, c.global_written);
  add("scratchpad", c.scratchpad_read, c.scratchpad_written);
  add("registers", c.register_read, c.register_written);
  bytes.Print();
}

}  // namespace lutgemm::tools
