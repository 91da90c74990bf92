// Cycles, bytes and energy of one GEMM on a machine: a roofline of every level per tile, summed
// over tiles. A simulator that has counted its own work prices it with Price.
#ifndef LUTGEMM_MODEL_COST_GEMM_H_
#define LUTGEMM_MODEL_COST_GEMM_H_

#include "model/cost/machine.h"
#include "model/cost/shape.h"
#include "model/cost/terms.h"

#include <array>

namespace lutgemm::model::cost {

// Cycles of one array that does all of a GEMM, fill apart:
// ceil(M/Ma) * ceil(N/Na) * ceil(K/Ka) * cycles per step.
double ArrayCycles(const Shape& gemm, const Design& design);

// What bounds time. Levels are counted at their outer side: kShared is what shared memory delivers.
enum class Bound : uint8_t { kArray, kRegisters, kShared, kL2, kDram, kPrecompute };
inline constexpr size_t kBounds = 6;
std::string_view Name(Bound bound) noexcept;  // "array", "registers", ...

// What one piece of work asks of a machine.
struct Work {
  double array_cycles = 0;  // summed over arrays; steps only
  double fill_cycles = 0;   // during which arrays wait, summed over SMs
  double lookups = 0;       // entries read by units; 0 without tables
  double vector_adds = 0;   // to precompute tables
  double register_bytes = 0, shared_bytes = 0, l2_bytes = 0, dram_bytes = 0;

  Work& operator+=(const Work& other);
  Work operator*(double factor) const;
};

struct Energy {  // pJ
  Terms array;   // by term of the array
  double registers = 0, shared = 0, l2 = 0, dram = 0, precompute = 0;
  double Total() const { return array.Total() + registers + shared + l2 + dram + precompute; }
};

struct GemmCost {
  Work work;
  std::array<double, kBounds> bound_cycles{};  // time if nothing else bound
  Bound bound = Bound::kArray;                 // the largest of them
  double cycles = 0;
  double seconds = 0;
  double array_utilisation = 0;  // of steps that arrays could have done in that time
  Energy energy;
  double lookup_rule_pj = 0;  // lookups at 125 fJ per 8 bits of an entry, beside `energy.array`
};

// Prices work that is spread evenly over the SMs: time is that of the tightest bound.
GemmCost Price(const Work& work, const Machine& machine, unsigned weight_bits);

// The whole GEMM: tiles of the machine's size, output stationary, each as long as its tightest
// bound. Weights of `weight_bits` planes, tables precomputed once and read by every tile.
GemmCost EstimateGemm(const Shape& gemm, const Machine& machine, unsigned weight_bits);

// Bytes that tiles of activations (tables where there are any) and weights take per k, and outputs.
struct OperandBytes {
  double act = 0;     // per token and k
  double weight = 0;  // per output and k
  double out = 0;     // per output element
};
OperandBytes BytesOf(const Design& design);

// Area of one SM's arrays, and what the growth of its register file adds (kRegisterFile), um2.
Terms SmArea(const Machine& machine, unsigned weight_bits);

// What a block's tile takes of an SM: accumulators in registers, slabs of operands in shared
// memory.
struct TileUse {
  double register_bytes = 0;
  double shared_bytes = 0;
  bool fits = true;  // into the grown register file and shared memory
};
TileUse UseOf(const Machine& machine, unsigned weight_bits);

// kBadArgument, saying what is too large for what, where the machine's tile cannot exist: a block
// that its SM cannot hold, or slabs of K that the array's groups do not divide. EstimateGemm would
// price it like any other.
Status CheckTile(const Machine& machine, unsigned weight_bits);

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_GEMM_H_
