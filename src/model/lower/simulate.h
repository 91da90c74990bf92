// Compiled products on the functional simulator.
#ifndef LUTGEMM_MODEL_LOWER_SIMULATE_H_
#define LUTGEMM_MODEL_LOWER_SIMULATE_H_

#include "model/func/machine.h"
#include "model/lower/gemm.h"

#include <span>
#include <vector>

namespace lutgemm::model::lower {

struct SimulationOptions {
  func::Mode mode = func::Mode::kExact;
  bool exponent_quirk = false;
  func::Adder adder = func::Adder::kIeee;
  func::Observer observer = {};  // sees every instruction
};

// A machine with the product's weights in its memory.
class Simulation {
 public:
  // Fails as WriteWeights does, and with kOutOfMemory.
  static Result<Simulation> Make(CompiledGemm gemm, const QuantizedMatrix& weights,
                                 const SimulationOptions& options);

  // acts: [m][K] elements of spec.act; row_scales: [m][groups], empty for ones. Returns [m][n]
  // int32 or f32 bits. A trap, which a compiled program never gives, is kInternal.
  Result<std::vector<uint32_t>> Run(const void* acts, std::span<const float> row_scales);
  // The two halves of it. Lookup may follow with tables that another product of the same
  // activations has made: TakeTables.
  Status Precompute(const void* acts, std::span<const float> row_scales);
  Result<std::vector<uint32_t>> Lookup();
  // Tables as an operator makes them whose result the activations are: from its registers, without
  // a copy of the activations in memory. The same bytes as Precompute.
  Status FusedPrecompute(const void* acts, std::span<const float> row_scales);
  // Copies tables and row records of a product with the same m, K, groups and types; kBadShape if
  // they differ.
  Status TakeTables(const Simulation& other);

  // Puts activations and row scales into memory, as Precompute does before it runs.
  void PutActs(const void* acts, std::span<const float> row_scales);
  // Global memory, laid out as gemm().layout says.
  std::span<const std::byte> memory() const { return machine_.state().global; }

  const CompiledGemm& gemm() const { return gemm_; }
  const func::Counters& counters() const { return machine_.counters(); }

 private:
  Simulation(CompiledGemm gemm, const SimulationOptions& options);
  Status RunProgram(std::span<const uint64_t> words);
  Status FusedGroup(const std::byte* acts, size_t tile, size_t group, size_t first_step);

  CompiledGemm gemm_;
  func::Machine machine_;
  func::Observer observer_;
};

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_SIMULATE_H_
