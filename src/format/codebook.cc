#include "format/codebook.h"

#include "base/float_mode.h"
#include "base/text.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::format {
namespace {

// Sums of a row are floats before they are multiplied by the unit: scales of weights near 1 are
// 2^64 at most so, and sums leave the range of floats as late as those of other formats.
constexpr float kSmallestUnit = 0x1p-64f, kLargestUnit = 0x1p64f;

}  // namespace

Status CheckBook(const Codebook& book) noexcept {
  const auto bad = [](const auto&... pieces) {
    return base::MakeStatus(Code::kBadArgument, "the codebook ", pieces...);
  };
  if (book.codes < 2 || book.codes > 16 || book.tables != 1) {
    return bad("has ", unsigned{book.codes}, " codes in ", unsigned{book.tables},
               " tables; it must have 2 to 16 codes in one: see MakeCodebook");
  }
  if (!(book.unit >= kSmallestUnit && book.unit <= kLargestUnit)) {
    return bad("has the unit ", book.unit, "; it must be ", kSmallestUnit, " to ", kLargestUnit,
               ": multiply all values by a number, which scales take out again");
  }
  if (LargestBookValue(book, 0) == 0) return bad("has no value but zero");
  Codebook used;
  std::copy_n(book.values[0].begin(), book.codes, used.values[0].begin());
  if (used.values != book.values) return bad("has values past its codes; they must be zero");
  if (LargestBookValue(book, 0) > kMaxBookValue) {
    return bad("has a value of -128; values are -127 to 127");
  }
  return {};
}

}  // namespace lutgemm::format

namespace lutgemm {

Codebook FixedCodebook(WeightFormat format) noexcept { return format::FixedBook(format); }

Result<Codebook> MakeCodebook(std::span<const float> values) noexcept {
  const base::FloatMode mode;
  if (values.size() < 2 || values.size() > 16) {
    return base::MakeStatus(Code::kBadArgument, "a codebook of ", values.size(),
                            " values; it must have 2 to 16");
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return base::MakeStatus(Code::kNotFinite, "value ", i, " of the codebook is ", values[i],
                              "; it must be finite");
    }
  }
  if (std::ranges::all_of(values, [](float v) { return v == 0; })) {
    return base::MakeStatus(Code::kBadArgument, "all values of the codebook are zero");
  }
  const Codebook book = format::RoundedCodebook(values);
  if (Status status = format::CheckBook(book); !status.ok()) return status;
  return book;
}

}  // namespace lutgemm
