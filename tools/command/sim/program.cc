// A program on the simulator, its global memory from a file and into one.
#include "tools/command/common/program.h"
#include "tools/command/common/machine_file.h"
#include "tools/command/common/output_file.h"
#include "tools/command/common/simulator.h"
#include "tools/command/sim/run.h"
#include "tools/console/input_file.h"

#include "base/checksum.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace lutgemm::tools {
namespace {

namespace func = model::func;

constexpr size_t kUsualGlobal = size_t{1} << 20;

// "word 3", and the line where the program is text.
std::string PlaceText(const ProgramText& program, size_t pc) {
  if (pc >= program.lines.size()) return fmt::format("word {}", pc);
  return fmt::format("line {} (word {})", program.lines[pc], pc);
}

Json TrapJson(const ProgramText& program, const func::Trap& trap) {
  if (trap.ok()) return nullptr;
  const bool known = trap.pc < program.lines.size();
  return {{"kind", func::Name(trap.kind)},
          {"word", trap.pc},
          {"line", known ? Json(program.lines[trap.pc]) : Json(nullptr)},
          {"text", trap.text}};
}

func::Config ConfigOf(const SimOptions& options, const model::Array& target, size_t preloaded) {
  func::Config config;
  config.registers = target.registers;
  config.scratchpad_bytes = target.scratchpad_bytes;
  config.global_bytes = options.global_bytes.value_or(std::max(kUsualGlobal, preloaded));
  const model::lower::SimulationOptions machine = MachineOptions(options);
  config.mode = machine.mode;
  config.exponent_quirk = machine.exponent_quirk;
  config.adder = machine.adder;
  config.max_steps = options.max_steps;
  return config;
}

void Report(const SimOptions& options, const ProgramText& program, const func::Machine& machine,
            const func::Trap& trap) {
  const std::string digest = HexText(base::Checksum(machine.state().global));
  if (options.json) {
    Json json = {{"file", options.file},
                 {"ok", trap.ok()},
                 {"trap", TrapJson(program, trap)},
                 {"digest", digest},
                 {"array_cycles", machine.counters().array_cycles}};
    json.update(CountersJson(machine.counters()));
    PrintJson(json);
    return;
  }
  fmt::print("program    {}, {} words\n", options.file, program.words.size());
  fmt::print("ended      {}\n", trap.ok() ? "by halt" : "by a trap");
  fmt::print("digest     {} of global memory\n", digest);
  fmt::print("cycles     {} of the array\n", machine.counters().array_cycles);
  PrintCounters(machine.counters());
}

// What global memory begins with, as --global says; the exit code.
int ReadGlobal(const SimOptions& options, std::string& global) {
  if (options.global.empty()) return kExitOk;
  Result<std::string> bytes = ReadFile(options.global);
  if (!bytes.ok()) return FileFailed(bytes.status());
  global = *std::move(bytes);
  if (!options.global_bytes || global.size() <= *options.global_bytes) return kExitOk;
  return UsageError(fmt::format("{}: has {} bytes; --global-bytes {} cannot hold them",
                                options.global, global.size(), *options.global_bytes));
}

Status OpenDump(const SimOptions& options, std::optional<OutputFile>& dump) {
  Status status =
      CheckNotInput(options.dump, {options.file, options.global, MachinePath(options.machine)});
  return status.ok() ? OpenIfNamed(options.dump, options.force, dump) : status;
}

}  // namespace

int SimulateProgram(const SimOptions& options) {
  const Result<model::Array> target = ReadTarget(options.machine);
  if (!target.ok()) return TargetFailed(options.machine, target.status());
  const Result<ProgramText> program = ReadProgram(options.file);
  if (!program.ok()) return FileFailed(program.status());
  std::string global;
  if (const int bad = ReadGlobal(options, global); bad != kExitOk) return bad;
  std::optional<OutputFile> dump;
  if (Status status = OpenDump(options, dump); !status.ok()) return OutputFailed(status);
  func::Machine machine(ConfigOf(options, *target, global.size()));
  std::memcpy(machine.state().global.data(), global.data(), global.size());
  const func::Trap trap = machine.Run(program->words, MachineOptions(options).observer);
  if (dump) {  // after a trap too: what the program did until then
    const auto& bytes = machine.state().global;
    const std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (Status status = dump->Finish(view); !status.ok()) return OutputFailed(status);
  }
  Report(options, *program, machine, trap);
  if (trap.ok()) return kExitOk;
  return CheckFailed(fmt::format("{}: {}: trap {}: {}", options.file, PlaceText(*program, trap.pc),
                                 func::Name(trap.kind), trap.text));
}

}  // namespace lutgemm::tools
