#include "tools/command/sim/emit.h"

#include "tools/command/common/machine_file.h"
#include "tools/command/common/output_file.h"

#include "model/isa/disasm.h"
#include "model/isa/program.h"

#include <fmt/core.h>

#include <optional>
#include <string>
#include <vector>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;
namespace lower = model::lower;

// Options of `lutgemm sim` that the program needs besides its files.
std::string MachineText(const SimOptions& options, const lower::Simulation& simulation) {
  const lower::SimulationOptions machine = MachineOptions(options);
  std::string text =
      fmt::format("--global-bytes {} --machine {} --mode {}", simulation.gemm().layout.total,
                  options.machine, Name(options.mode));
  if (options.mode == SimMode::kRtl) {
    if (machine.exponent_quirk) text += " --exponent-quirk";
    text += fmt::format(" --adder {}", AdderName(machine.adder));
  }
  return text;
}

std::string Header(const SimOptions& options, const ProblemSetup& setup,
                   const lower::Simulation& simulation) {
  const lower::GemmLayout& l = simulation.gemm().layout;
  const size_t m = setup.target.shape.m, n = setup.target.shape.n;
  std::string text =
      fmt::format("# O[{0},{1}] = A[{0},{2}] x W[{1},{2}]^T, {3}, group {4}\n", setup.spec.m,
                  setup.info.n, setup.info.k, Name(setup.info.format), GroupText(setup.info.group));
  text += fmt::format("# activations {}, tables {}, sums {}, outputs {}\n",
                      isa::Name(setup.spec.act), isa::Name(setup.spec.table()),
                      isa::Name(setup.spec.acc), isa::Name(setup.spec.out));
  text += fmt::format("# run with {}\n", MachineText(options, simulation));
  text += fmt::format("# global memory: {} activations [{}], a row takes {} bytes\n", l.acts,
                      setup.spec.m, l.act_stride);
  text += fmt::format("#   {} row records [{}][{} groups]; {} tables [{}][{} steps]\n", l.rows,
                      l.m_tiles, l.steps.groups, l.tables, l.m_tiles, l.steps.steps);
  text += fmt::format("#   {} weights [{}][{} steps]; {} outputs' records [{}][{} groups]\n",
                      l.weights, l.n_tiles, l.steps.steps, l.records, l.n_tiles, l.steps.groups);
  text += fmt::format("#   {} outputs [{}][{}][{}][{}]\n", l.out, l.m_tiles, l.n_tiles, m, n);
  return text;
}

// What --emit writes.
Result<std::string> ProgramText(const SimOptions& options, const ProblemSetup& setup,
                                const lower::Simulation& simulation) {
  const std::vector<uint64_t> words = lower::WholeProgram(simulation.gemm());
  if (IsBinaryName(options.emit)) return isa::ProgramBytes(words);
  Result<std::string> text = isa::Disassemble(words);
  if (!text.ok()) return text.status();
  return Header(options, setup, simulation) + *text;
}

// No output may be a file that is read, or the other output.
Status CheckOutputs(const SimOptions& options) {
  if (options.emit.empty() && options.emit_global.empty()) return {};
  std::vector<std::string> inputs;
  if (!options.weights_file.empty()) inputs = TensorPaths(options.weights_file, options.act);
  inputs.push_back(MachinePath(options.machine));
  Status status = CheckNotInput(options.emit, inputs);
  if (status.ok()) status = CheckNotInput(options.emit_global, inputs);
  if (!status.ok()) return status;
  return CheckApart({{"--emit", options.emit}, {"--emit-global", options.emit_global}});
}

}  // namespace

std::string_view AdderName(model::func::Adder adder) {
  return adder == model::func::Adder::kFlush ? "flush" : "ieee";
}

bool IsBinaryName(std::string_view path) { return path.ends_with(".bin"); }

Status Emit(const SimOptions& options, const ProblemSetup& setup,
            const lower::Simulation& simulation) {
  std::optional<OutputFile> program, global;
  Status status = CheckOutputs(options);
  if (status.ok()) status = OpenIfNamed(options.emit, options.force, program);
  if (status.ok()) status = OpenIfNamed(options.emit_global, options.force, global);
  if (!status.ok()) return status;
  if (program) {
    const Result<std::string> bytes = ProgramText(options, setup, simulation);
    status = bytes.ok() ? program->Finish(*bytes) : bytes.status();
  }
  if (!status.ok() || !global) return status;
  const std::span<const std::byte> memory = simulation.memory();
  return global->Finish({reinterpret_cast<const char*>(memory.data()), memory.size()});
}

void PrintEmitted(const SimOptions& options, const lower::Simulation& simulation) {
  if (options.emit.empty() || options.emit_global.empty()) return;  // it needs both to run again
  // A program ends with one halt; two were counted.
  const uint64_t steps = simulation.counters().steps - 1;
  const std::string more =
      steps > kDefaultSteps ? fmt::format(" --max-steps {}", steps) : std::string();
  fmt::print("emitted    lutgemm sim {} --global {} {}{}\n", options.emit, options.emit_global,
             MachineText(options, simulation), more);
}

}  // namespace lutgemm::tools
