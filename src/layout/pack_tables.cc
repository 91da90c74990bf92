#include "layout/pack_tables.h"

#include "format/bitmod.h"
#include "format/codebook.h"
#include "format/fp.h"
#include "format/traits.h"

#include <algorithm>
#include <cstring>

namespace lutgemm::layout {
namespace {

bool RowFactors(const Geometry& g) { return g.factor_bytes > sizeof(float); }

// The codebook in the order of stored codes, and back.
Codebook Reordered(WeightFormat format, const Codebook& book, bool to_stored) {
  if (format != WeightFormat::kBitmod3) return book;
  Codebook other = book;
  for (unsigned table = 0; table < book.tables; ++table) {
    for (unsigned code = 0; code < book.codes; ++code) {
      const unsigned stored = format::kBitMod3Planes[table][code];
      other.values[table][to_stored ? stored : code] =
          book.values[table][to_stored ? code : stored];
    }
  }
  return other;
}

// Calls f(row of the matrix, row of the weights) for the rows of a strip that exist.
template <class F>
void ForEachRowOf(const WeightInfo& info, const Geometry& g, const StripRows& at, F f) {
  for (size_t row = at.row; row < std::min(info.n, at.row + g.strip); ++row) {
    f(row, at.strip * g.strip + row - at.row);
  }
}

}  // namespace

void PackTensorTables(const QuantizedMatrix& matrix, const Geometry& g, std::byte* blob) {
  if (g.factor_bytes == sizeof(float)) {
    std::memcpy(blob + g.factor_offset, matrix.factors.data(), sizeof(float));
  }
  if (g.book_bytes == 0) return;
  const Codebook book = Reordered(matrix.info.format, matrix.book, true);
  std::byte* to = blob + g.book_offset;
  std::memcpy(to, book.values.data(), kBookTables);
  std::memcpy(to + kBookUnit, &book.unit, sizeof(float));
  to[kBookCodes] = std::byte{book.codes};
  to[kBookTableCount] = std::byte{book.tables};
}

bool UnpackTensorTables(const std::byte* blob, const Geometry& g, QuantizedMatrix& matrix) {
  if (g.factor_bytes == sizeof(float)) {
    std::memcpy(matrix.factors.data(), blob + g.factor_offset, sizeof(float));
  }
  Codebook stored;
  if (!ReadBook(blob, g, matrix.info.format, stored)) return false;
  matrix.book = Reordered(matrix.info.format, stored, false);
  return true;
}

bool ReadBook(const std::byte* blob, const Geometry& g, WeightFormat format, Codebook& stored) {
  if (g.book_bytes == 0) return true;
  const std::byte* from = blob + g.book_offset;
  stored.codes = std::to_integer<uint8_t>(from[kBookCodes]);
  stored.tables = std::to_integer<uint8_t>(from[kBookTableCount]);
  if (stored.codes > 16 || stored.tables > 4) return false;
  std::memcpy(stored.values.data(), from, kBookTables);
  std::memcpy(&stored.unit, from + kBookUnit, sizeof(float));
  if (format == WeightFormat::kCodebook) return format::CheckBook(stored).ok();
  return stored == Reordered(format, format::FixedBook(format), true);
}

void PackStripTables(const QuantizedMatrix& matrix, const Geometry& g, const StripRows& rows,
                     std::byte* blob) {
  ForEachRowOf(matrix.info, g, rows, [&](size_t row, size_t output) {
    const Elem elem = format::FactorElem(matrix.info);
    for (size_t super = 0; RowFactors(g) && super < g.ks.supers; ++super) {
      const size_t from = row * g.ks.supers + super, to = g.FactorAt(output, super);
      format::StoreElem(blob + g.factor_offset, elem, to, matrix.factors[from]);
      if (g.offset_factor_bytes == 0) continue;
      format::StoreElem(blob + g.offset_factor_offset, elem, to, matrix.offset_factors[from]);
    }
    for (size_t group = 0; g.selector_bytes != 0 && group < g.ks.groups; ++group) {
      const unsigned selector = matrix.selectors[row * g.ks.groups + group];
      std::byte& byte = blob[g.selector_offset + g.SelectorByte(output, group)];
      byte |= static_cast<std::byte>(selector << Geometry::SelectorBit(output));
    }
  });
}

void UnpackStripTables(const std::byte* blob, const Geometry& g, size_t s,
                       QuantizedMatrix& matrix) {
  ForEachRowOf(matrix.info, g, WholeRows(g, s), [&](size_t row, size_t) {
    const Elem elem = format::FactorElem(matrix.info);
    for (size_t super = 0; RowFactors(g) && super < g.ks.supers; ++super) {
      const size_t to = row * g.ks.supers + super, from = g.FactorAt(row, super);
      matrix.factors[to] = format::LoadElem(blob + g.factor_offset, elem, from);
      if (g.offset_factor_bytes == 0) continue;
      matrix.offset_factors[to] = format::LoadElem(blob + g.offset_factor_offset, elem, from);
    }
    for (size_t group = 0; g.selector_bytes != 0 && group < g.ks.groups; ++group) {
      const auto byte =
          std::to_integer<unsigned>(blob[g.selector_offset + g.SelectorByte(row, group)]);
      matrix.selectors[row * g.ks.groups + group] =
          static_cast<uint8_t>(byte >> Geometry::SelectorBit(row) & 3u);
    }
  });
}

}  // namespace lutgemm::layout
