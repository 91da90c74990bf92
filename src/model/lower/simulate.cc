#include "model/lower/simulate.h"

#include "base/text.h"
#include "model/lower/operands.h"

#include <cstring>

namespace lutgemm::model::lower {
namespace {

func::Config ConfigOf(const CompiledGemm& gemm, const SimulationOptions& options) {
  func::Config config;
  config.registers = gemm.target.registers;
  config.scratchpad_bytes = gemm.target.scratchpad_bytes;
  config.global_bytes = gemm.layout.total;
  config.mode = options.mode;
  config.exponent_quirk = options.exponent_quirk;
  return config;
}

}  // namespace

Simulation::Simulation(CompiledGemm gemm, const SimulationOptions& options)
    : gemm_(std::move(gemm)), machine_(ConfigOf(gemm_, options)), observer_(options.observer) {}

Result<Simulation> Simulation::Make(CompiledGemm gemm, const QuantizedMatrix& weights,
                                    const SimulationOptions& options) {
  return base::Guarded([&]() -> Result<Simulation> {
    Simulation simulation(std::move(gemm), options);
    Status status = WriteWeights(simulation.gemm_, weights, simulation.machine_.state().global);
    if (!status.ok()) return status;
    return simulation;
  });
}

Status Simulation::RunProgram(std::span<const uint64_t> words) {
  const func::Trap trap = machine_.Run(words, observer_);
  if (trap.ok()) return {};
  return base::MakeStatus(Code::kInternal, "word ", trap.pc, ": trap ", func::Name(trap.kind), ": ",
                          trap.text);
}

Status Simulation::Precompute(const void* acts, std::span<const float> row_scales) {
  WriteActs(gemm_, acts, machine_.state().global);
  WriteRowScales(gemm_, row_scales, machine_.state().global);
  return RunProgram(gemm_.precompute);
}

Result<std::vector<uint32_t>> Simulation::Lookup() {
  if (Status status = RunProgram(gemm_.lookup); !status.ok()) return status;
  return ReadOutputs(gemm_, machine_.state().global);
}

Result<std::vector<uint32_t>> Simulation::Run(const void* acts, std::span<const float> row_scales) {
  if (Status status = Precompute(acts, row_scales); !status.ok()) return status;
  return Lookup();
}

Status Simulation::TakeTables(const Simulation& other) {
  const GemmLayout &mine = gemm_.layout, &theirs = other.gemm_.layout;
  const bool same = mine.m_tiles == theirs.m_tiles && mine.table_bytes == theirs.table_bytes &&
                    mine.row_bytes == theirs.row_bytes && mine.steps.k == theirs.steps.k &&
                    mine.steps.group == theirs.steps.group &&
                    mine.steps.step_k == theirs.steps.step_k &&
                    gemm_.spec.table() == other.gemm_.spec.table();
  if (!same) {
    return base::MakeStatus(Code::kBadShape, "tables of other activations: K ", theirs.steps.k,
                            " in groups of ", theirs.steps.group, ", expected K ", mine.steps.k,
                            " in groups of ", mine.steps.group);
  }
  const auto& from = other.machine_.state().global;
  auto& to = machine_.state().global;
  std::memcpy(&to[mine.rows], &from[theirs.rows],
              mine.m_tiles * mine.steps.groups * mine.row_bytes);
  std::memcpy(&to[mine.tables], &from[theirs.tables],
              mine.m_tiles * mine.steps.steps * mine.table_bytes);
  return {};
}

}  // namespace lutgemm::model::lower
