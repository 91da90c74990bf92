// A matrix product compiled for the machine: what to compute, and the program that does it.
//
// O[M,N] = A[M,K] x W[N,K]^T. The program first makes the tables of all activations (Precompute,
// the operator that the paper splits off), then looks up (Lookup). Each part is a program of its
// own too, for graphs in which something else makes the tables.
#ifndef LUTGEMM_MODEL_LOWER_GEMM_H_
#define LUTGEMM_MODEL_LOWER_GEMM_H_

#include "model/isa/isa.h"
#include "model/isa/operands.h"

#include <lutgemm/model/machine.hpp>

#include <lutgemm/weights.hpp>

#include <cstdint>
#include <vector>

namespace lutgemm::model::lower {

struct GemmSpec {
  size_t m = 1;
  isa::ActType act = isa::ActType::kI8;  // not lut8
  bool quantised_tables = false;         // lut8 tables with a scale each
  // Sums of lookups. Integers for i8 and i16; f32 or f16 for floats; f32 for quantised tables.
  isa::SumType acc = isa::SumType::kI32;
  // i32: the integer product of codes and activations, for integer sums and no float zero points.
  // f32: scaled.
  isa::SumType out = isa::SumType::kI32;

  isa::ActType table() const { return quantised_tables ? isa::ActType::kLut8 : act; }
};

// How K is cut: groups of weights, each in steps of the array's k; the last group may be shorter,
// and the last step of any group may have fewer than k activations.
struct StepSpace {
  size_t k = 0;       // of the problem
  size_t step_k = 0;  // of the array
  size_t group = 0;   // k of a full group
  size_t groups = 0;
  size_t group_steps = 0;  // of a full group
  size_t steps = 0;        // of all groups

  size_t GroupLength(size_t g) const { return g + 1 < groups ? group : k - (groups - 1) * group; }
  size_t GroupSteps(size_t g) const;
};

// Where everything lies in global memory, in bytes. Operands are in the order that instructions
// read them (model/isa/operands.h), one array tile after the other.
struct GemmLayout {
  size_t m_tiles = 0, n_tiles = 0;
  StepSpace steps;
  size_t act_stride = 0;   // of a row of A, which is padded to m_tiles * m rows
  size_t table_bytes = 0;  // of one step's operand; likewise below
  size_t weight_bytes = 0;
  size_t record_bytes = 0;  // outputs' record of one group
  size_t row_bytes = 0;     // row sums and scales of one group
  size_t out_bytes = 0;     // of one tile of O

  size_t acts = 0;     // [row][k]
  size_t rows = 0;     // [m tile][group] row records
  size_t tables = 0;   // [m tile][step]
  size_t weights = 0;  // [n tile][step]
  size_t records = 0;  // [n tile][group]
  size_t out = 0;      // [m tile][n tile]
  size_t total = 0;
};

// The tile that stays in registers, in array tiles, and the steps of K that are in the scratchpad.
struct Tiling {
  size_t rows = 1, columns = 1;  // m tiles, n tiles
  size_t chunk_steps = 1;
  size_t registers = 0;         // used
  size_t scratchpad_bytes = 0;  // used
};

struct CompiledGemm {
  GemmSpec spec;
  WeightInfo weights;
  Array target;
  GemmLayout layout;
  Tiling tiling;
  std::vector<uint64_t> precompute, lookup;  // each ends with halt
};

// Both parts as one program.
std::vector<uint64_t> WholeProgram(const CompiledGemm& gemm);

// Fails with kBadArgument where spec and weights do not combine, kUnsupportedFormat where the
// machine has no such weights, kBadShape where global memory would exceed 2^31 bytes, kOverflow
// where int32 sums could overflow, and kWorkspaceTooSmall where registers or scratchpad cannot
// hold the smallest tile.
Result<CompiledGemm> CompileGemm(const GemmSpec& spec, const WeightInfo& weights,
                                 const Array& target);

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_GEMM_H_
