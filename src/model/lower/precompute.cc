// Precompute: tables of all activations, and their sums per weight group.
//
//   for every m tile, for every group:   load the row record
//     for every chunk of K that a register holds:  load m rows, one lutgen per step, store tables
//     store the row record
#include "base/bits.h"
#include "model/lower/emitter.h"
#include "model/lower/programs.h"

#include <algorithm>

namespace lutgemm::model::lower {
namespace {

using isa::Field;
using isa::Op;

// Scalars of the program: counters of loops, and places in global memory.
enum Scalar { kZero, kTile, kGroup, kChunk, kActs, kRows, kTables, kHere, kOut };

class Precompute {
 public:
  explicit Precompute(const CompiledGemm& gemm) : gemm_(gemm), l_(gemm.layout), t_(gemm.target) {
    const size_t per_register = isa::kRegisterBytes / (t_.shape.k * isa::ActBytes(gemm.spec.act));
    // As many steps as a register has activations for and half of the scratchpad tables.
    const size_t fits = t_.scratchpad_bytes / 2 / l_.table_bytes;
    chunk_steps_ = std::min({per_register, l_.steps.group_steps, std::max<size_t>(fits, 1)});
    rows_at_ = base::RoundUp(chunk_steps_ * l_.table_bytes, 16);
    record_at_ = rows_at_ + t_.shape.m * isa::kRegisterBytes;
    tables_ = 0;
    acts_ = isa::Registers(l_.table_bytes);
    record_ = acts_ + t_.shape.m;
  }

  Result<std::vector<uint64_t>> Emit() {
    if (record_at_ + l_.row_bytes > t_.scratchpad_bytes ||
        record_ + isa::Registers(l_.row_bytes) > t_.registers) {
      return Status(Code::kWorkspaceTooSmall,
                    "registers or scratchpad cannot hold the activations of one table");
    }
    e_.Li(kActs, l_.acts);
    e_.Li(kRows, l_.rows);
    e_.Li(kTables, l_.tables);
    e_.Loop(kTile, l_.m_tiles, [&] { Tile(); });
    e_.Halt();
    if (!e_.status().ok()) return e_.status();
    return e_.Take();
  }

 private:
  void Tile() {
    e_.Add(kHere, kActs, 0);
    const StepSpace& s = l_.steps;
    e_.Loop(kGroup, s.groups - 1, [&] { Group(s.group); });
    Group(s.GroupLength(s.groups - 1));
    e_.Advance(kActs, t_.shape.m * l_.act_stride);
  }

  void Group(size_t length) {
    e_.CopyIn(record_at_, kRows, 0, l_.row_bytes);
    e_.Fence();
    e_.Li(kOut, record_at_);
    e_.Load(record_, kOut, 0, l_.row_bytes);
    const size_t chunk = chunk_steps_ * t_.shape.k;
    e_.Loop(kChunk, length / chunk, [&] { Chunk(chunk); });
    if (length % chunk != 0) Chunk(length % chunk);
    e_.Li(kOut, record_at_);
    e_.Store(record_, kOut, 0, l_.row_bytes);
    e_.CopyOut(kRows, 0, record_at_, l_.row_bytes);
    e_.Fence();
    e_.Advance(kRows, l_.row_bytes);
  }

  // `length` activations of every row; those past a step's end read as zero.
  void Chunk(size_t length) {
    const size_t bytes = length * isa::ActBytes(gemm_.spec.act);
    for (size_t row = 0; row < t_.shape.m; ++row) {
      e_.CopyIn(rows_at_ + row * isa::kRegisterBytes, kHere, row * l_.act_stride, bytes);
    }
    e_.Fence();
    e_.Li(kOut, rows_at_);
    for (size_t row = 0; row < t_.shape.m; ++row) {
      e_.Load(acts_ + row, kOut, row * isa::kRegisterBytes, bytes);
    }
    e_.Li(kOut, 0);
    const size_t steps = base::CeilDiv(length, t_.shape.k);
    for (size_t step = 0; step < steps; ++step) {
      Lutgen(step);
      e_.Store(tables_, kOut, step * l_.table_bytes, l_.table_bytes);
    }
    e_.CopyOut(kTables, 0, 0, steps * l_.table_bytes);
    e_.Fence();
    e_.Advance(kTables, steps * l_.table_bytes);
    e_.Advance(kHere, bytes);
  }

  void Lutgen(size_t step) {
    const auto number = [](size_t value) { return static_cast<int64_t>(value); };
    e_.Emit(Op::kLutgen, {{Field::kM, number(t_.shape.m)},
                          {Field::kK, number(t_.shape.k)},
                          {Field::kA, static_cast<int64_t>(gemm_.spec.act)},
                          {Field::kT, static_cast<int64_t>(gemm_.spec.table())},
                          {Field::kRd, number(tables_)},
                          {Field::kRa, number(acts_)},
                          {Field::kRc, number(record_)},
                          {Field::kIndex, number(step)}});
  }

  const CompiledGemm& gemm_;
  const GemmLayout& l_;
  const Array& t_;
  size_t chunk_steps_;
  size_t rows_at_, record_at_;     // in the scratchpad; tables from 0
  size_t tables_, acts_, record_;  // registers
  Emitter e_;
};

}  // namespace

Result<std::vector<uint64_t>> EmitPrecompute(const CompiledGemm& gemm) {
  return Precompute(gemm).Emit();
}

}  // namespace lutgemm::model::lower
