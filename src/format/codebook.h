// Codebooks as int8 tables with a unit, in constant expressions. The public struct and the rules
// are in lutgemm/codebook.hpp.
#ifndef LUTGEMM_FORMAT_CODEBOOK_H_
#define LUTGEMM_FORMAT_CODEBOOK_H_

#include "format/exact.h"

#include <lutgemm/codebook.hpp>

#include <cstddef>
#include <span>

namespace lutgemm::format {

// NormalFloat4 (QLoRA, 2023, appendix E): quantiles of the normal distribution on [-1, 1], with an
// exact zero.
inline constexpr float kNf4[16] = {-1.0f,
                                   -0.6961928009986877f,
                                   -0.5250730514526367f,
                                   -0.39491748809814453f,
                                   -0.28444138169288635f,
                                   -0.18477343022823334f,
                                   -0.09105003625154495f,
                                   0.0f,
                                   0.07958029955625534f,
                                   0.16093020141124725f,
                                   0.24611230194568634f,
                                   0.33791524171829224f,
                                   0.44070982933044434f,
                                   0.5626170039176941f,
                                   0.7229568362236023f,
                                   1.0f};

inline constexpr int kMaxBookValue = 127;

// The table of MakeCodebook; values must be finite and not all zero, 2 to 16 of them.
constexpr Codebook RoundedCodebook(std::span<const float> values) {
  double largest = 0;
  for (const float v : values) largest = v > largest ? v : -v > largest ? -v : largest;
  Codebook best;
  double least = -1;
  for (int k = 1; k <= kMaxBookValue; ++k) {
    Codebook book;
    book.unit = static_cast<float>(largest / k);
    book.codes = static_cast<uint8_t>(values.size());
    book.tables = 1;
    if (book.unit == 0) break;  // below the smallest float
    double error = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double rounded = RoundHalfEven(static_cast<double>(values[i]) / book.unit);
      const double limited = rounded > k ? k : rounded < -k ? -k : rounded;
      book.values[0][i] = static_cast<int8_t>(limited);
      const double difference = values[i] - limited * book.unit;
      error += difference * difference;
    }
    if (least < 0 || error < least) {
      least = error;
      best = book;
    }
  }
  return best;
}

struct FixedBookOf {
  WeightFormat format;
  Codebook book;
};
inline constexpr FixedBookOf kFixedBooks[] = {
#include "format/gen/books.inc"
};

// See lutgemm::FixedCodebook.
constexpr Codebook FixedBook(WeightFormat format) {
  for (const FixedBookOf& fixed : kFixedBooks) {
    if (fixed.format == format) return fixed.book;
  }
  return {};
}

// Whether a codebook of format kCodebook is one that MakeCodebook could have made: 2 to 16 codes in
// one table, values in [-127, 127] and not all zero, nothing past them, a positive finite unit.
Status CheckBook(const Codebook& book) noexcept;

// Largest magnitude of a table's integers.
constexpr int LargestBookValue(const Codebook& book, unsigned table) {
  int largest = 0;
  for (unsigned code = 0; code < book.codes; ++code) {
    const int value = book.values[table][code];
    largest = value > largest ? value : -value > largest ? -value : largest;
  }
  return largest;
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_CODEBOOK_H_
