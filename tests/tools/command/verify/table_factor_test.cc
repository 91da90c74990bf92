// Predicted errors of tables, worked out by hand.
#include "tools/command/verify/table_factor.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

namespace lutgemm::tools {
namespace {

using doctest::Approx;

QuantizedMatrix OneRow(WeightFormat format, std::vector<uint8_t> codes) {
  QuantizedMatrix m;
  m.info = {format, ZeroKind::kNone, Elem::kF32, 1, codes.size(), kWholeRow};
  m.codes = std::move(codes);
  m.scales = {0.5f};
  return m;
}

double Factor(const QuantizedMatrix& matrix, size_t length) {
  return TableFactor(matrix, TableIndex::kBits, length);
}

TEST_CASE("planes of equal digits add up, of opposite ones cancel, all others are independent") {
  for (const size_t length : {size_t{4}, size_t{5}}) {
    CAPTURE(length);
    // int2: 1 has bits 11 and counts (1 + 2)^2 / 4, -1 has 01 and counts (1 - 2)^2 / 4.
    CHECK(Factor(OneRow(WeightFormat::kInt2, std::vector<uint8_t>(length, 3)), length) == 2.25);
    CHECK(Factor(OneRow(WeightFormat::kInt2, std::vector<uint8_t>(length, 1)), length) == 1.0);
    CHECK(Factor(OneRow(WeightFormat::kTernary, std::vector<uint8_t>(length, 2)), length) == 1.0);
    // One 0 (bits 10) among ones: (1 + 4) / 4 over one weight less.
    std::vector<uint8_t> codes(length, 3);
    codes.back() = 2;
    const double rest = double(length) - 1;
    CHECK(Factor(OneRow(WeightFormat::kInt2, codes), length) ==
          Approx(1.25 * double(length) / rest));
  }
}

TEST_CASE("a lookup that a group's end cuts short errs as much as a whole one") {
  QuantizedMatrix m = OneRow(WeightFormat::kTernary, std::vector<uint8_t>(14, 2));
  m.info.group = 7;
  m.scales = {0.5f, 0.5f};
  CHECK(Factor(m, 4) == Approx(4 * 4.0 / 14));
  CHECK(Factor(m, 5) == Approx(4 * 5.0 / 14));
  CHECK(TableFactor(m, TableIndex::kDigits, 5) == Approx(4 * 5.0 / 14));
}

TEST_CASE("lookups of digits are exact where all are zero") {
  const QuantizedMatrix m = OneRow(WeightFormat::kTernary, {1, 1, 1, 1, 1, 1, 1, 1, 0, 2});
  CHECK(TableFactor(m, TableIndex::kDigits, 5) == 2.5);
}

}  // namespace
}  // namespace lutgemm::tools
