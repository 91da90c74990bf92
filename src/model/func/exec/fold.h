// fold: rd[m,n] += what the sums of one weight group are worth.
//
// A weight is v = (g * digits + center) / 2 (format/planes.h), g = 2 for i1 and 1 for all others,
// so that P = sum of a * digits and S = sum of a give the product of integers
//   V = (g * P + center[n] * S[m]) / 2
//   i32   rd += V
//   f32   rd += V * (row scale[m] * scale[n]), and with .zero rd += (row scale * offset[n]) * S
// every operation of f32 rounded, in the order written.
#ifndef LUTGEMM_MODEL_FUNC_EXEC_FOLD_H_
#define LUTGEMM_MODEL_FUNC_EXEC_FOLD_H_

#include "model/func/exec/lmma.h"
#include "model/func/lanes.h"

namespace lutgemm::model::func {

// The group's record of one output and the tokens' record of one row.
struct FoldTerms {
  int32_t center;
  float scale, offset;
  int32_t int_sum;
  float float_sum, row_scale;
};

inline FoldTerms LoadTerms(const std::byte* outputs, size_t n, size_t column, const std::byte* rows,
                           size_t m, size_t row) {
  return {LoadAs<int32_t>(outputs, column),
          LoadAs<float>(outputs, n + column),
          LoadAs<float>(outputs, 2 * n + column),
          LoadAs<int32_t>(rows, row),
          LoadAs<float>(rows, row),
          LoadAs<float>(rows, m + row)};
}

inline int64_t FoldedInteger(int gain, int32_t sum, const FoldTerms& t) {
  return (gain * int64_t{sum} + int64_t{t.center} * t.int_sum) >> 1;
}

inline float FoldedFloat(int gain, float sum, const FoldTerms& t) {
  const float half = 0.5f * static_cast<float>(gain) * sum;
  return half + 0.5f * static_cast<float>(t.center) * t.float_sum;
}

inline Trap ExecFold(State& state, const isa::Instruction& i) {
  const size_t m = i.Size(isa::Field::kM), n = i.Size(isa::Field::kN);
  const Operand result{i[isa::Field::kRd], isa::SumsBytes(m, n, i.out())};
  const Operand sums{i[isa::Field::kRa], isa::SumsBytes(m, n, i.acc())};
  const Operand outputs{i[isa::Field::kRw], isa::OutputRecordBytes(n)};
  const Operand rows{i[isa::Field::kRc], isa::RowSumBytes(m)};
  if (Trap t = CheckWithin(state, std::array{result, sums, outputs, rows}); !t.ok()) return t;
  if (Trap t = CheckApart(result, std::array{sums, outputs, rows}); !t.ok()) return t;
  if (Trap t = CheckRowKind(state, rows.first, m, isa::RowSumsOf(i.acc())); !t.ok()) return t;
  const std::byte* ra = state.Register(sums.first);
  const std::byte* rw = state.Register(outputs.first);
  const std::byte* rc = state.Register(rows.first);
  std::byte* rd = state.Register(result.first);
  const bool integer = i.acc() == isa::SumType::kI32;
  const int gain = i.weight() == isa::WeightType::kI1 ? 2 : 1;
  for (size_t at = 0; at < m * n; ++at) {
    const FoldTerms t = LoadTerms(rw, n, at % n, rc, m, at / n);
    const int64_t whole = integer ? FoldedInteger(gain, LoadAs<int32_t>(ra, at), t) : 0;
    if (i.out() == isa::SumType::kI32) {
      StoreAs(rd, at, LoadAs<uint32_t>(rd, at) + static_cast<uint32_t>(whole));
      continue;
    }
    const float value =
        integer ? static_cast<float>(whole) : FoldedFloat(gain, LoadFloatSum(ra, i.acc(), at), t);
    float acc = LoadAs<float>(rd, at) + value * (t.row_scale * t.scale);
    if (i[isa::Field::kZero] != 0) {
      const float sum = integer ? static_cast<float>(t.int_sum) : t.float_sum;
      acc += (t.row_scale * t.offset) * sum;
    }
    StoreF32(rd, at, acc);
  }
  CountOperands(state, std::array{result, sums, outputs, rows}, std::array{result});
  return {};
}

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_EXEC_FOLD_H_
