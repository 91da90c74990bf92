#include "oracle/row.h"

#include <array>
#include <cmath>

namespace lutgemm::oracle {
namespace {

using Table = std::array<int, 16>;

// Bits as names say them: the number at the end; 2 of ternary, 4 of codebook.
unsigned BitsOf(WeightFormat format) {
  if (format == WeightFormat::kTernary) return 2;
  return format == WeightFormat::kCodebook ? 4 : static_cast<unsigned>(Name(format).back() - '0');
}

// Bits m of bfp3 to bfp8, 0 of others.
unsigned BfpBits(WeightFormat format) {
  return Name(format).starts_with("bfp") ? BitsOf(format) : 0;
}

// T of a codebook and what 1 in it is worth.
struct Book {
  Table table{};
  float unit = 0.0f;
};
Book BookOf(const QuantizedMatrix& matrix, unsigned selector) {
  constexpr Table kE2m1{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  constexpr Table kFp3{0, 1, 2, 4, 0, -1, -2, -4};
  constexpr int kSpecial3[] = {3, -3, 6, -6}, kSpecial4[] = {10, -10, 16, -16};
  switch (matrix.info.format) {
    case WeightFormat::kBitmod3: {
      Book book{kFp3, 1.0f};
      book.table[4] = kSpecial3[selector];
      return book;
    }
    case WeightFormat::kBitmod4: {
      Book book{kE2m1, 0.5f};
      book.table[8] = kSpecial4[selector];
      return book;
    }
    case WeightFormat::kMxfp4:
    case WeightFormat::kNvfp4:
      return {kE2m1, 0.5f};
    case WeightFormat::kNf4:
      return {{-112, -78, -59, -44, -32, -21, -10, 0, 9, 18, 28, 38, 49, 63, 81, 112},
              1.0f / 112.0f};
    case WeightFormat::kCodebook: {
      Book book{{}, matrix.book.unit};
      for (size_t i = 0; i < 16; ++i) book.table[i] = matrix.book.values[0][i];
      return book;
    }
    default:
      return {};
  }
}

// Where one group's codes become integers.
struct Decoder {
  WeightFormat format;
  Book book;
  int zero;  // taken off the code where there is no codebook

  int operator()(unsigned code) const {
    if (book.unit != 0.0f) return book.table[code];
    if (format == WeightFormat::kInt1) return 2 * static_cast<int>(code) - 1;
    return static_cast<int>(code) - zero;
  }
};

int ZeroOf(const QuantizedMatrix& matrix, size_t at) {
  const WeightFormat format = matrix.info.format;
  if (matrix.info.zero == ZeroKind::kFloat) return 0;
  if (matrix.info.zero == ZeroKind::kInteger) return matrix.zeros[at];
  return format == WeightFormat::kTernary ? 1 : 1 << (BitsOf(format) - 1);
}

int TableB(const QuantizedMatrix& matrix, int zero) {
  const WeightFormat format = matrix.info.format;
  if (format == WeightFormat::kInt1 || format == WeightFormat::kTernary) return 0;
  return (1 << BitsOf(format)) - 1 - 2 * zero;
}

uint8_t PlaneBits(WeightFormat format, unsigned code) {
  constexpr uint8_t kUnary[] = {0b00, 0b01, 0b11};
  return format == WeightFormat::kTernary ? kUnary[code] : static_cast<uint8_t>(code);
}

void SetPlanes(WeightFormat format, Row& row) {
  row.planes = BitsOf(format);
  for (unsigned p = 0; p < row.planes; ++p) {
    row.multiplier[p] = format == WeightFormat::kTernary ? 1 : 1 << p;
  }
}

float FactorOf(const QuantizedMatrix& matrix, size_t index) {
  const unsigned m = BfpBits(matrix.info.format);
  const Book book = BookOf(matrix, 0);
  float unit = book.unit != 0.0f ? book.unit : 1.0f;
  if (m != 0) unit = std::ldexp(1.0f, 2 - static_cast<int>(m));
  if (matrix.info.super_group != 0) return unit;
  if (matrix.info.scale == Elem::kU8) return unit * matrix.factors[index];
  return matrix.info.scale == Elem::kE4m3 ? unit * matrix.factors[0] : unit;
}

// F and G of each group: those of the super-group that it lies in.
void SetFactors(const QuantizedMatrix& matrix, size_t index, Row& row) {
  const WeightInfo& info = matrix.info;
  row.super_groups = info.super_group != 0;
  row.factor.assign(row.scale.size(), 1.0f);
  row.offset_factor.assign(row.scale.size(), 1.0f);
  if (!row.super_groups) return;
  const size_t of_row = (info.k + info.super_group - 1) / info.super_group;
  for (size_t g = 0; g < row.scale.size(); ++g) {
    const size_t at = index * of_row + g * info.group / info.super_group;
    row.factor[g] = matrix.factors[at];
    if (row.float_zeros) row.offset_factor[g] = matrix.offset_factors[at];
  }
}

}  // namespace

std::vector<size_t> GroupBorders(const WeightInfo& info) {
  const bool whole = info.group == kWholeRow || info.group == kWholeTensor;
  const size_t length = whole ? info.k : info.group;
  std::vector<size_t> borders;
  for (size_t k = 0; k < info.k; k += length) borders.push_back(k);
  borders.push_back(info.k);
  return borders;
}

Row RowOf(const QuantizedMatrix& matrix, size_t index) {
  const WeightInfo& info = matrix.info;
  const std::vector<size_t> borders = GroupBorders(info);
  const size_t groups = borders.size() - 1;
  Row row;
  row.v.resize(info.k), row.bits.resize(info.k), row.group.resize(info.k);
  row.float_zeros = info.zero == ZeroKind::kFloat;
  SetPlanes(info.format, row);
  row.f = FactorOf(matrix, index);
  for (size_t g = 0; g < groups; ++g) {
    const size_t at = info.group == kWholeTensor ? 0 : index * groups + g;
    const int zero = ZeroOf(matrix, at);
    const unsigned selector = matrix.selectors.empty() ? 0 : matrix.selectors[at];
    const Decoder decode{info.format, BookOf(matrix, selector), zero};
    row.scale.push_back(matrix.scales[at]);
    row.offset.push_back(row.float_zeros ? matrix.offsets[at] : 0.0f);
    row.b.push_back(TableB(matrix, zero));
    for (size_t k = borders[g]; k < borders[g + 1]; ++k) {
      const unsigned code = matrix.codes[index * info.k + k];
      row.group[k] = g;
      row.v[k] = decode(code);
      row.bits[k] = PlaneBits(info.format, code);
    }
  }
  SetFactors(matrix, index, row);
  return row;
}

}  // namespace lutgemm::oracle
