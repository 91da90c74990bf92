// Lookup: output-stationary tiles.
//
//   for every block of m tiles, for every block of n tiles:
//     for every group:                             sums = 0
//       for every chunk of steps:                  tables and weights into the scratchpad
//         for every step:                          load tables; per column load weights, lmma
//       fold sums into outputs                     scales, zero points
//     store outputs
#include "model/lower/emitter.h"
#include "model/lower/programs.h"
#include "model/lower/tiles.h"

namespace lutgemm::model::lower {
namespace {

using isa::Field;
using isa::Op;

// Scalars of the program: counters of loops, places in global memory, places in the scratchpad.
enum Scalar {
  kZero,
  kMBlock,
  kNBlock,
  kGroup,
  kChunk,
  kStep,
  kTables,
  kRows,
  kWeights,
  kRecords,
  kOut,  // of the block
  kTablesHere,
  kRowsHere,
  kWeightsHere,
  kRecordsHere,  // within it
  kTablesStep,
  kWeightsStep,
  kLocal,
};

int64_t Number(size_t value) { return static_cast<int64_t>(value); }

class Lookup {
 public:
  explicit Lookup(const CompiledGemm& gemm)
      : gemm_(gemm),
        l_(gemm.layout),
        t_(gemm.target),
        full_(gemm.tiling),
        weight_(*isa::WeightTypeOf(gemm.weights.format)),
        scratchpad_(MapScratchpad(l_, full_)),
        table_strip_(l_.steps.steps * l_.table_bytes),
        weight_strip_(l_.steps.steps * l_.weight_bytes) {}

  Result<std::vector<uint64_t>> Emit() {
    e_.Li(kTables, l_.tables);
    e_.Li(kRows, l_.rows);
    e_.Li(kOut, l_.out);
    const size_t tail = l_.m_tiles % full_.rows;
    e_.Loop(kMBlock, l_.m_tiles / full_.rows, [&] { MBlock(full_.rows); });
    if (tail != 0) MBlock(tail);
    e_.Halt();
    if (!e_.status().ok()) return e_.status();
    return e_.Take();
  }

 private:
  void MBlock(size_t rows) {
    e_.Li(kWeights, l_.weights);
    e_.Li(kRecords, l_.records);
    const size_t tail = l_.n_tiles % full_.columns;
    e_.Loop(kNBlock, l_.n_tiles / full_.columns, [&] { NBlock(rows, full_.columns); });
    if (tail != 0) NBlock(rows, tail);
    e_.Advance(kTables, rows * table_strip_);
    e_.Advance(kRows, rows * l_.steps.groups * l_.row_bytes);
    e_.Advance(kOut, (rows - 1) * l_.n_tiles * l_.out_bytes);
  }

  void NBlock(size_t rows, size_t columns) {
    tile_ = full_;
    tile_.rows = rows;
    tile_.columns = columns;
    map_ = MapRegisters(gemm_.spec, gemm_.weights.format, t_, l_, tile_);
    e_.Add(kTablesHere, kTables, 0);
    e_.Add(kRowsHere, kRows, 0);
    e_.Add(kWeightsHere, kWeights, 0);
    e_.Add(kRecordsHere, kRecords, 0);
    const size_t tiles = rows * columns;
    if (map_.outputs_stay) e_.Zero(map_.outputs, tiles * map_.out_registers);
    const StepSpace& s = l_.steps;
    e_.Loop(kGroup, s.groups - 1, [&] { Group(s.group_steps); });
    Group(s.GroupSteps(s.groups - 1));
    if (map_.outputs_stay) StoreOutputs();
    CopyOutputs();
    e_.Advance(kWeights, columns * weight_strip_);
    e_.Advance(kRecords, columns * s.groups * l_.record_bytes);
    e_.Advance(kOut, columns * l_.out_bytes);
  }

  void Group(size_t steps) {
    e_.Zero(map_.sums, tile_.rows * tile_.columns * map_.sum_registers);
    e_.Loop(kChunk, steps / tile_.chunk_steps, [&] { Chunk(tile_.chunk_steps); });
    if (steps % tile_.chunk_steps != 0) Chunk(steps % tile_.chunk_steps);
    Fold();
    e_.Advance(kRowsHere, l_.row_bytes);
    e_.Advance(kRecordsHere, l_.record_bytes);
  }

  size_t TableStrip(size_t row) const {
    return scratchpad_.tables + row * full_.chunk_steps * l_.table_bytes;
  }
  size_t WeightStrip(size_t column) const {
    return scratchpad_.weights + column * full_.chunk_steps * l_.weight_bytes;
  }

  void Chunk(size_t steps) {
    for (size_t i = 0; i < tile_.rows; ++i) {
      e_.CopyIn(TableStrip(i), kTablesHere, i * table_strip_, steps * l_.table_bytes);
    }
    for (size_t j = 0; j < tile_.columns; ++j) {
      e_.CopyIn(WeightStrip(j), kWeightsHere, j * weight_strip_, steps * l_.weight_bytes);
    }
    e_.Fence();
    e_.Li(kTablesStep, 0);
    e_.Li(kWeightsStep, 0);
    e_.Loop(kStep, steps, [&] { Step(); });
    e_.Advance(kTablesHere, steps * l_.table_bytes);
    e_.Advance(kWeightsHere, steps * l_.weight_bytes);
  }

  void Step() {
    for (size_t i = 0; i < tile_.rows; ++i) {
      e_.Load(map_.tables + i * map_.table_registers, kTablesStep, TableStrip(i), l_.table_bytes);
    }
    for (size_t j = 0; j < tile_.columns; ++j) {
      e_.Load(map_.weights, kWeightsStep, WeightStrip(j), l_.weight_bytes);
      for (size_t i = 0; i < tile_.rows; ++i) Lmma(i, j);
    }
    e_.Advance(kTablesStep, l_.table_bytes);
    e_.Advance(kWeightsStep, l_.weight_bytes);
  }

  void Lmma(size_t i, size_t j) {
    const int64_t sums = Number(map_.Sum(tile_, i, j));
    e_.Emit(Op::kLmma, {{Field::kM, Number(t_.shape.m)},
                        {Field::kN, Number(t_.shape.n)},
                        {Field::kK, Number(t_.shape.k)},
                        {Field::kA, static_cast<int64_t>(gemm_.spec.table())},
                        {Field::kW, static_cast<int64_t>(weight_)},
                        {Field::kAcc, static_cast<int64_t>(gemm_.spec.acc)},
                        {Field::kOut, static_cast<int64_t>(gemm_.spec.acc)},
                        {Field::kRd, sums},
                        {Field::kRa, Number(map_.tables + i * map_.table_registers)},
                        {Field::kRw, Number(map_.weights)},
                        {Field::kRc, sums}});
  }

  void Fold() {
    const size_t groups = l_.steps.groups;
    for (size_t i = 0; i < tile_.rows; ++i) {
      e_.CopyIn(scratchpad_.row_records + i * l_.row_bytes, kRowsHere, i * groups * l_.row_bytes,
                l_.row_bytes);
    }
    for (size_t j = 0; j < tile_.columns; ++j) {
      e_.CopyIn(scratchpad_.records + j * l_.record_bytes, kRecordsHere,
                j * groups * l_.record_bytes, l_.record_bytes);
    }
    e_.Fence();
    e_.Li(kLocal, 0);
    for (size_t i = 0; i < tile_.rows; ++i) {
      e_.Load(map_.row_records, kLocal, scratchpad_.row_records + i * l_.row_bytes, l_.row_bytes);
      for (size_t j = 0; j < tile_.columns; ++j) FoldTile(i, j);
    }
  }

  void FoldTile(size_t i, size_t j) {
    const size_t out = map_.Output(tile_, i, j);
    if (!map_.outputs_stay) e_.Zero(out, map_.out_registers);
    e_.Load(map_.records, kLocal, scratchpad_.records + j * l_.record_bytes, l_.record_bytes);
    const bool offsets = gemm_.weights.zero == ZeroKind::kFloat;
    e_.Emit(Op::kFold, {{Field::kM, Number(t_.shape.m)},
                        {Field::kN, Number(t_.shape.n)},
                        {Field::kW, static_cast<int64_t>(weight_)},
                        {Field::kAcc, static_cast<int64_t>(gemm_.spec.acc)},
                        {Field::kOut, static_cast<int64_t>(gemm_.spec.out)},
                        {Field::kZero, offsets ? 1 : 0},
                        {Field::kRd, Number(out)},
                        {Field::kRa, Number(map_.Sum(tile_, i, j))},
                        {Field::kRw, Number(map_.records)},
                        {Field::kRc, Number(map_.row_records)}});
    if (!map_.outputs_stay) e_.Store(out, kLocal, OutAt(i, j), l_.out_bytes);
  }

  size_t OutAt(size_t i, size_t j) const {
    return scratchpad_.out + (i * tile_.columns + j) * l_.out_bytes;
  }

  void StoreOutputs() {
    e_.Li(kLocal, 0);
    for (size_t i = 0; i < tile_.rows; ++i) {
      for (size_t j = 0; j < tile_.columns; ++j) {
        e_.Store(map_.Output(tile_, i, j), kLocal, OutAt(i, j), l_.out_bytes);
      }
    }
  }

  void CopyOutputs() {
    for (size_t i = 0; i < tile_.rows; ++i) {
      e_.CopyOut(kOut, i * l_.n_tiles * l_.out_bytes, OutAt(i, 0), tile_.columns * l_.out_bytes);
    }
    e_.Fence();
  }

  const CompiledGemm& gemm_;
  const GemmLayout& l_;
  const Array& t_;
  const Tiling full_;
  const isa::WeightType weight_;
  const ScratchpadMap scratchpad_;
  const size_t table_strip_, weight_strip_;  // of one tile, all of K
  Tiling tile_;                              // of the block that is being written
  RegisterMap map_;
  Emitter e_;
};

}  // namespace

Result<std::vector<uint64_t>> EmitLookup(const CompiledGemm& gemm) { return Lookup(gemm).Emit(); }

}  // namespace lutgemm::model::lower
