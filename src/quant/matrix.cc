// QuantizedMatrix: the value of a weight, and whether a matrix that a caller filled in holds
// together.
#include "base/text.h"
#include "format/fp.h"
#include "format/planes.h"
#include "quant/groups.h"
#include "quant/quantize.h"
#include "quant/spec.h"

#include <algorithm>
#include <cmath>

namespace lutgemm {

double QuantizedMatrix::Value(size_t row, size_t col) const noexcept {
  const unsigned code = codes[row * info.k + col];
  const size_t at = quant::ScaleIndex(info, row, quant::GroupOf(info, col));
  const double s = scales[at];
  if (info.zero == ZeroKind::kFloat) return s * code + offsets[at];
  const unsigned zero = info.zero == ZeroKind::kInteger ? zeros[at] : format::NoneZero(info.format);
  return s * format::IntegerValue(info.format, code, zero);
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
      {"offsets", matrix.offsets.size(), info.zero == ZeroKind::kFloat ? scales : 0}};
  for (const Expected& size : sizes) {
    if (size.have != size.want) {
      return MakeStatus(Code::kBadShape, "the matrix has ", size.have, " ", size.what, "; ", info.n,
                        " x ", info.k, " weights with ", Name(info.zero), " zeros need ",
                        size.want);
    }
  }
  return {};
}

Status CheckNumbers(const WeightInfo& info, std::span<const float> numbers,
                    std::string_view what) noexcept {
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (!std::isfinite(numbers[i])) {
      return MakeStatus(Code::kNotFinite, what, " of row ", i / info.groups(), ", group ",
                        i % info.groups(), " is ", numbers[i], "; it must be finite");
    }
    if (format::RoundToElem(numbers[i], info.scale) != numbers[i]) {
      return MakeStatus(Code::kBadArgument, what, " of row ", i / info.groups(), ", group ",
                        i % info.groups(), " is ", numbers[i], ", which ", Name(info.scale),
                        " does not hold exactly; round it before the codes are chosen, or use f32");
    }
  }
  return {};
}

}  // namespace

Status CheckMatrix(const QuantizedMatrix& matrix) noexcept {
  const WeightInfo& info = matrix.info;
  Status status = CheckInfo(info);
  if (status.ok()) status = CheckSizes(matrix);
  if (status.ok()) status = CheckNumbers(info, matrix.scales, "the scale");
  if (status.ok()) status = CheckNumbers(info, matrix.offsets, "the offset");
  if (!status.ok()) return status;
  const unsigned count = CodeCount(info.format);
  const auto bad = std::ranges::find_if(matrix.codes, [count](uint8_t q) { return q >= count; });
  if (bad == matrix.codes.end()) return {};
  const auto at = static_cast<size_t>(bad - matrix.codes.begin());
  return MakeStatus(Code::kBadArgument, "code [", at / info.k, ", ", at % info.k, "] is ",
                    unsigned{*bad}, "; ", Name(info.format), " codes are 0 to ", count - 1);
}

}  // namespace quant
}  // namespace lutgemm
