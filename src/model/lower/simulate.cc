#include "model/lower/simulate.h"

#include "base/text.h"
#include "model/func/exec/lutgen.h"
#include "model/lower/operands.h"

#include <algorithm>
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
  config.adder = options.adder;
  return config;
}

// Tables from register 0, then the activations of the tile's tokens, then the row record.
isa::Instruction FusedLutgen(const CompiledGemm& gemm) {
  isa::Instruction lutgen{.op = isa::Op::kLutgen};
  lutgen[isa::Field::kM] = static_cast<int32_t>(gemm.target.shape.m);
  lutgen[isa::Field::kK] = static_cast<int32_t>(gemm.target.shape.k);
  lutgen[isa::Field::kA] = static_cast<int32_t>(gemm.spec.act);
  lutgen[isa::Field::kT] = static_cast<int32_t>(gemm.spec.table());
  lutgen[isa::Field::kRa] = static_cast<int32_t>(isa::Registers(gemm.layout.table_bytes));
  lutgen[isa::Field::kRc] = lutgen[isa::Field::kRa] + lutgen[isa::Field::kM];
  return lutgen;
}

// Activations [begin, end) along K of a tile's tokens, one register each; what is missing is zero.
void LoadActs(const CompiledGemm& gemm, const std::byte* acts, size_t tile, size_t begin,
              size_t end, std::byte* registers) {
  const size_t m = gemm.target.shape.m, bytes = isa::ActBytes(gemm.spec.act);
  std::memset(registers, 0, m * isa::kRegisterBytes);
  for (size_t row = tile * m; row < std::min((tile + 1) * m, gemm.spec.m); ++row) {
    std::memcpy(registers + row % m * isa::kRegisterBytes,
                acts + (row * gemm.weights.k + begin) * bytes, (end - begin) * bytes);
  }
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

void Simulation::PutActs(const void* acts, std::span<const float> row_scales) {
  WriteActs(gemm_, acts, machine_.state().global);
  WriteRowScales(gemm_, row_scales, machine_.state().global);
}

Status Simulation::Precompute(const void* acts, std::span<const float> row_scales) {
  PutActs(acts, row_scales);
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

// One lutgen per step on the activations of a tile, its operands in the first registers.
Status Simulation::FusedGroup(const std::byte* acts, size_t tile, size_t group, size_t first_step) {
  func::State& s = machine_.state();
  const GemmLayout& l = gemm_.layout;
  const isa::Instruction lutgen = FusedLutgen(gemm_);
  const int32_t record = lutgen[isa::Field::kRc];
  std::byte* sums = &s.global[l.rows + (tile * l.steps.groups + group) * l.row_bytes];
  std::memcpy(s.Register(record), sums, l.row_bytes);
  for (size_t step = 0; step < l.steps.GroupSteps(group); ++step) {
    const size_t begin = gemm_.weights.group_begin(group) + step * gemm_.target.shape.k;
    const size_t end = std::min(begin + gemm_.target.shape.k, gemm_.weights.group_end(group));
    LoadActs(gemm_, acts, tile, begin, end, s.Register(lutgen[isa::Field::kRa]));
    if (func::Trap trap = func::ExecLutgen(s, lutgen); !trap.ok()) {
      return base::MakeStatus(Code::kInternal, trap.text);
    }
    const size_t at = l.tables + (tile * l.steps.steps + first_step + step) * l.table_bytes;
    std::memcpy(&s.global[at], s.Register(0), l.table_bytes);
    s.counters.global_written += l.table_bytes;
  }
  std::memcpy(sums, s.Register(record), l.row_bytes);
  s.counters.global_written += l.row_bytes;
  return {};
}

Status Simulation::FusedPrecompute(const void* acts, std::span<const float> row_scales) {
  WriteRowScales(gemm_, row_scales, machine_.state().global);
  const GemmLayout& l = gemm_.layout;
  for (size_t tile = 0; tile < l.m_tiles; ++tile) {
    size_t step = 0;
    for (size_t g = 0; g < l.steps.groups; step += l.steps.GroupSteps(g++)) {
      Status status = FusedGroup(static_cast<const std::byte*>(acts), tile, g, step);
      if (!status.ok()) return status;
    }
  }
  return {};
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
