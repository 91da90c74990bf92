#include "model/lower/gemm.h"

#include "base/bits.h"
#include "base/names.h"
#include "base/text.h"
#include "model/lower/programs.h"
#include "model/lower/tiles.h"
#include "model/machine/array.h"

#include <algorithm>
#include <limits>

namespace lutgemm::model::lower {
namespace {

using base::CeilDiv;
using base::CheckedAdd;
using base::CheckedMul;
using base::MakeStatus;

constexpr size_t kAlign = 64;
constexpr size_t kMaxGlobal = size_t{1} << 31;  // li takes 32 bits with a sign

StepSpace MakeSteps(const WeightInfo& info, size_t step_k) {
  StepSpace s;
  s.k = info.k;
  s.step_k = step_k;
  s.groups = info.groups();
  s.group = info.group_end(0) - info.group_begin(0);
  s.group_steps = CeilDiv(s.group, step_k);
  s.steps = (s.groups - 1) * s.group_steps + s.GroupSteps(s.groups - 1);
  return s;
}

// Places sections one after the other; `ok` turns false where memory would not hold them.
struct Placer {
  size_t end = 0;
  bool ok = true;

  size_t Place(std::initializer_list<size_t> sizes) {
    const size_t begin = end;
    size_t bytes = 1;
    for (const size_t size : sizes) ok = ok && CheckedMul(bytes, size, &bytes);
    ok = ok && CheckedAdd(begin, bytes, &end) && end <= kMaxGlobal;
    if (ok) end = base::RoundUp(end, kAlign);
    return begin;
  }
};

Result<GemmLayout> MakeLayout(const GemmSpec& spec, const WeightInfo& info, isa::WeightType weight,
                              const Array& target) {
  GemmLayout l;
  l.m_tiles = CeilDiv(spec.m, target.shape.m);
  l.n_tiles = CeilDiv(info.n, target.shape.n);
  l.steps = MakeSteps(info, target.shape.k);
  l.act_stride = base::RoundUp(info.k * isa::ActBytes(spec.act), 16);
  l.table_bytes = isa::TableBytes(target.shape.m, target.shape.k, spec.table());
  l.weight_bytes = isa::WeightBytes(target.shape.n, target.shape.k, weight);
  l.record_bytes = isa::OutputRecordBytes(target.shape.n);
  l.row_bytes = isa::RowSumBytes(target.shape.m);
  l.out_bytes = isa::SumsBytes(target.shape.m, target.shape.n, spec.out);
  Placer placer;
  l.acts = placer.Place({l.m_tiles, target.shape.m, l.act_stride});
  l.rows = placer.Place({l.m_tiles, l.steps.groups, l.row_bytes});
  l.tables = placer.Place({l.m_tiles, l.steps.steps, l.table_bytes});
  l.weights = placer.Place({l.n_tiles, l.steps.steps, l.weight_bytes});
  l.records = placer.Place({l.n_tiles, l.steps.groups, l.record_bytes});
  l.out = placer.Place({l.m_tiles, l.n_tiles, l.out_bytes});
  l.total = placer.end;
  if (!placer.ok) {
    return MakeStatus(Code::kBadShape, "activations, tables, weights and outputs take more than ",
                      kMaxGlobal, " bytes of global memory");
  }
  return l;
}

Status CheckSpec(const GemmSpec& spec, const WeightInfo& info, isa::WeightType weight) {
  if (spec.m == 0 || spec.m > kMaxK || info.n == 0 || info.k == 0) {
    return MakeStatus(Code::kBadShape, "a product of ", spec.m, " x ", info.n, " x ", info.k,
                      " has a side that is 0 or too large");
  }
  if (isa::ActBytes(spec.act) == 0) {
    return MakeStatus(Code::kBadArgument, isa::Name(spec.act),
                      " is a type of tables, not of activations");
  }
  if (spec.out == isa::SumType::kI32 && info.zero == ZeroKind::kFloat) {
    return MakeStatus(Code::kBadArgument, "float zero points have no integer product; ask for f32");
  }
  if (spec.acc != isa::SumType::kI32) return {};
  const double act = spec.act == isa::ActType::kI16 ? 0x1p15 : 0x1p7;
  const double largest = act * (isa::PlanesOf(weight).total() + 1.0) * static_cast<double>(info.k);
  if (largest <= static_cast<double>(std::numeric_limits<int32_t>::max())) return {};
  return MakeStatus(Code::kOverflow, "K = ", info.k, " of ", isa::Name(spec.act),
                    " activations may overflow int32 sums");
}

}  // namespace

size_t StepSpace::GroupSteps(size_t g) const { return CeilDiv(GroupLength(g), step_k); }

// Branches are relative, and the first part leaves itself only by its halt, which is its last word.
std::vector<uint64_t> WholeProgram(const CompiledGemm& gemm) {
  std::vector<uint64_t> words(gemm.precompute.begin(), gemm.precompute.end() - 1);
  words.insert(words.end(), gemm.lookup.begin(), gemm.lookup.end());
  return words;
}

Result<CompiledGemm> CompileGemm(const GemmSpec& spec, const WeightInfo& weights,
                                 const Array& target) {
  if (Status status = machine::CheckArray(target); !status.ok()) return status;
  const auto type = isa::WeightTypeOf(weights.format);
  if (!type) {
    return MakeStatus(Code::kUnsupportedFormat, "lmma has no weights of format ",
                      Name(weights.format));
  }
  if (Status status = CheckSpec(spec, weights, *type); !status.ok()) return status;
  Result<GemmLayout> layout = MakeLayout(spec, weights, *type, target);
  if (!layout.ok()) return layout.status();
  const auto tiling = ChooseTiling(spec, weights.format, target, *layout);
  if (!tiling) {
    return MakeStatus(Code::kWorkspaceTooSmall, "machine ", base::Quote(target.name), ": ",
                      target.registers, " registers and ", target.scratchpad_bytes,
                      " bytes of scratchpad cannot hold one tile of the array");
  }
  CompiledGemm gemm{spec, weights, target, *layout, *tiling, {}, {}};
  Result<std::vector<uint64_t>> precompute = EmitPrecompute(gemm);
  if (!precompute.ok()) return precompute.status();
  Result<std::vector<uint64_t>> lookup = EmitLookup(gemm);
  if (!lookup.ok()) return lookup.status();
  gemm.precompute = *std::move(precompute);
  gemm.lookup = *std::move(lookup);
  return gemm;
}

}  // namespace lutgemm::model::lower
