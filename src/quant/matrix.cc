// QuantizedMatrix: the value of a weight, and whether a matrix that a caller filled in holds
// together.
#include "base/text.h"
#include "format/fp.h"
#include "format/planes.h"
#include "format/stored.h"
#include "format/traits.h"
#include "quant/groups.h"
#include "quant/quantize.h"
#include "quant/spec.h"

#include <algorithm>
#include <cmath>

namespace lutgemm {

double QuantizedMatrix::Value(size_t row, size_t col) const noexcept {
  const size_t at = quant::ScaleIndex(info, row, quant::GroupOf(info, col));
  double scale = static_cast<double>(scales[at]) * Factor(row);
  if (info.super_group != 0) scale *= factors[quant::FactorIndex(info, row, col)];
  const double value = scale * Integer(row, col);
  if (info.zero != ZeroKind::kFloat) return value;
  if (info.super_group == 0) return value + offsets[at];
  return value +
         static_cast<double>(offsets[at]) * offset_factors[quant::FactorIndex(info, row, col)];
}

int QuantizedMatrix::Integer(size_t row, size_t col) const noexcept {
  const unsigned code = codes[row * info.k + col];
  if (info.zero == ZeroKind::kFloat) return static_cast<int>(code);
  const size_t at = quant::ScaleIndex(info, row, quant::GroupOf(info, col));
  if (format::IsBook(info.format)) {
    return book.values[selectors.empty() ? 0 : selectors[at]][code];
  }
  const unsigned zero = info.zero == ZeroKind::kInteger ? zeros[at] : format::NoneZero(info.format);
  return format::IntegerValue(info.format, code, zero);
}

float QuantizedMatrix::Factor(size_t row) const noexcept {
  const float unit = format::UnitOf(info.format, book);
  if (factors.empty() || info.super_group != 0) return unit;
  return unit * factors[factors.size() == 1 ? 0 : row];
}

namespace quant {
namespace {

using base::MakeStatus;

struct Expected {
  std::string_view what;
  size_t have;
  size_t want;
};

Status CheckSizes(const QuantizedMatrix& matrix) noexcept {
  const WeightInfo& info = matrix.info;
  const size_t scales = ScaleCount(info);
  const Expected sizes[] = {
      {"codes", matrix.codes.size(), info.n * info.k},
      {"scales", matrix.scales.size(), scales},
      {"zeros", matrix.zeros.size(), info.zero == ZeroKind::kInteger ? scales : 0},
      {"offsets", matrix.offsets.size(), info.zero == ZeroKind::kFloat ? scales : 0},
      {"factors", matrix.factors.size(), FactorCount(info)},
      {"offset factors", matrix.offset_factors.size(), OffsetFactorCount(info)},
      {"selectors", matrix.selectors.size(), SelectorCount(info)}};
  for (const Expected& size : sizes) {
    if (size.have != size.want) {
      return MakeStatus(Code::kBadShape, "the matrix has ", size.have, " ", size.what, "; ", info.n,
                        " x ", info.k, " ", Name(info.format), " weights with ", Name(info.scale),
                        " scales and ", Name(info.zero), " zeros need ", size.want);
    }
  }
  return {};
}

// Numbers of the groups, or super-groups, of all rows: `of_row` each, stored as `elem`.
struct Numbers {
  std::span<const float> all;
  std::string_view what, where;
  size_t of_row;
  Elem elem;
};

Status CheckNumbers(const Numbers& numbers) noexcept {
  if (format::AllStored(numbers.all, numbers.elem)) return {};
  const auto place = [&](Code code, size_t i, const auto&... text) {
    return MakeStatus(code, "the ", numbers.what, " of row ", i / numbers.of_row, ", ",
                      numbers.where, " ", i % numbers.of_row, " is ", numbers.all[i], text...);
  };
  for (size_t i = 0; i < numbers.all.size(); ++i) {
    const float number = numbers.all[i];
    if (!std::isfinite(number)) return place(Code::kNotFinite, i, "; it must be finite");
    if (format::RoundToElem(number, numbers.elem) != number) {
      return place(Code::kBadArgument, i, ", which ", Name(numbers.elem),
                   " does not hold exactly; round it before the codes are chosen, or use f32");
    }
  }
  return {};
}

Status CheckAllNumbers(const QuantizedMatrix& matrix) noexcept {
  const WeightInfo& info = matrix.info;
  const size_t groups = info.groups(), supers = info.super_groups();
  std::span<const float> factors = matrix.factors;
  if (info.super_group == 0) factors = {};  // CheckFactors
  const Numbers numbers[] = {
      {matrix.scales, "scale", "group", groups, info.scale},
      {matrix.offsets, "offset", "group", groups, format::OffsetElem(info)},
      {factors, "scale factor", "super-group", supers, info.factor},
      {matrix.offset_factors, "offset factor", "super-group", supers, info.factor}};
  for (const Numbers& of : numbers) {
    if (Status status = CheckNumbers(of); !status.ok()) return status;
  }
  return {};
}

// Factors are multiplied by the unit of the format's integers before sums are.
Status CheckFactors(const QuantizedMatrix& matrix) noexcept {
  const float unit = format::UnitOf(matrix.info.format, matrix.book);
  const auto& factors = matrix.factors;
  const auto bad = std::ranges::find_if(factors, [&](float f) { return !std::isfinite(unit * f); });
  if (bad == factors.end()) return {};
  return MakeStatus(Code::kNotFinite, "scale factor ", bad - factors.begin(), " is ", *bad,
                    " and the unit ", unit, "; their product must be finite");
}

// The codebook is the format's, or one that MakeCodebook could have made; selectors name its
// tables.
Status CheckTables(const QuantizedMatrix& matrix) noexcept {
  const WeightFormat format = matrix.info.format;
  if (format == WeightFormat::kCodebook) return format::CheckBook(matrix.book);
  if (matrix.book != format::FixedBook(format)) {
    return MakeStatus(Code::kBadArgument, "the codebook is not that of ", Name(format),
                      "; see FixedCodebook");
  }
  const auto bad =
      std::ranges::find_if(matrix.selectors, [&](uint8_t s) { return s >= matrix.book.tables; });
  if (bad == matrix.selectors.end()) return {};
  return MakeStatus(Code::kBadArgument, "selector ", bad - matrix.selectors.begin(), " is ",
                    unsigned{*bad}, "; ", Name(format), " has tables 0 to ",
                    matrix.book.tables - 1);
}

}  // namespace

// Sums of codebooks are floats before they are multiplied by the unit: scales far from 1 that a
// unit far from 1 makes up for would take them out of the range of floats, though outputs are in
// it.
Status CheckUnitScales(const QuantizedMatrix& matrix) noexcept {
  if (matrix.info.format != WeightFormat::kCodebook) return {};
  const bool large_unit = matrix.book.unit > 0x1p16f, small_unit = matrix.book.unit < 0x1p-16f;
  if (!large_unit && !small_unit) return {};
  const auto bad = std::ranges::find_if(matrix.scales, [=](float scale) {
    const float size = std::fabs(scale);
    return (large_unit && size != 0 && size < 0x1p-80f) || (small_unit && size > 0x1p80f);
  });
  if (bad == matrix.scales.end()) return {};
  const auto at = static_cast<size_t>(bad - matrix.scales.begin());
  return MakeStatus(Code::kOverflow, "the scale of row ", at / matrix.info.groups(), " is ", *bad,
                    " beside a codebook whose values are multiples of ", matrix.book.unit,
                    "; multiply the codebook's values by a number that takes them near 1");
}

Status CheckCodes(const QuantizedMatrix& matrix) noexcept {
  const WeightInfo& info = matrix.info;
  const unsigned count =
      matrix.book.codes != 0 ? unsigned{matrix.book.codes} : CodeCount(info.format);
  // The largest code first: a loop that compilers make vectors of.
  uint8_t largest = 0;
  for (const uint8_t q : matrix.codes) largest = std::max(largest, q);
  if (largest < count) return {};
  const auto bad = std::ranges::find_if(matrix.codes, [count](uint8_t q) { return q >= count; });
  const auto at = static_cast<size_t>(bad - matrix.codes.begin());
  return MakeStatus(Code::kBadArgument, "code [", at / info.k, ", ", at % info.k, "] is ",
                    unsigned{*bad}, "; ", Name(info.format), " codes are 0 to ", count - 1);
}

Status CheckAllButCodes(const QuantizedMatrix& matrix) noexcept {
  const WeightInfo& info = matrix.info;
  Status status = CheckInfo(info);
  if (status.ok()) status = CheckSizes(matrix);
  if (status.ok()) status = CheckAllNumbers(matrix);
  if (status.ok()) status = CheckTables(matrix);
  if (status.ok()) status = CheckFactors(matrix);
  return status.ok() ? CheckUnitScales(matrix) : status;
}

Status CheckMatrix(const QuantizedMatrix& matrix) noexcept {
  Status status = CheckAllButCodes(matrix);
  return status.ok() ? CheckCodes(matrix) : status;
}

}  // namespace quant
}  // namespace lutgemm
