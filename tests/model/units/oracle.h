// The steps of the BitMoD PE once more, with quotients of doubles instead of shifts of bits: every
// value is far below 2^53, so each line is exact up to the rounding that it names.
#ifndef LUTGEMM_TESTS_MODEL_UNITS_ORACLE_H_
#define LUTGEMM_TESTS_MODEL_UNITS_ORACLE_H_

#include "format/fp.h"
#include "model/units/accumulator.h"
#include "model/units/terms.h"
#include "support/random.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace lutgemm::test::pe {

using model::units::Rounding;

inline double Round(double value, Rounding rounding) {
  return rounding == Rounding::kTruncate ? std::floor(value) : std::nearbyint(value);
}

// A weight of FP4 or FP3 in halves: the published list, the special value for the code of -0.
inline int FloatHalves(unsigned bits, unsigned code, int special) {
  constexpr std::array kFp4 = {0, 1, 2, 3, 4, 6, 8, 12};
  constexpr std::array kFp3 = {0, 2, 4, 8};
  const unsigned sign = 1u << (bits - 1), index = code & (sign - 1);
  if (code == sign) return special;
  const int magnitude = bits == 4 ? kFp4[index] : kFp3[index];
  return (code & sign) != 0 ? -magnitude : magnitude;
}

inline int TermValue(model::units::Term term) {
  const int magnitude = term.mantissa << term.exponent;
  return term.negative ? -magnitude : magnitude;
}

// What the terms of a weight add up to, in TermUnit.
inline int TermsValue(model::units::TermType type, const model::units::WeightTerms& terms) {
  int value = 0;
  for (unsigned t = 0; t < model::units::TermCount(type); ++t) {
    value += TermValue(terms[t]) * (1 << model::units::Significance(type, t));
  }
  return value;
}

// An f16 as sign, 11-bit mantissa and exponent, found from its value.
struct Parts {
  double sign = 1.0, mantissa = 0.0;
  int exponent = 1;
};
inline Parts PartsOf(uint16_t bits) {
  const double value = format::F16ToF32(bits);
  Parts parts;
  parts.sign = std::signbit(value) ? -1.0 : 1.0;
  if (value != 0.0) parts.exponent = std::max(1, std::ilogb(value) + 15);
  parts.mantissa = std::ldexp(std::fabs(value), 25 - parts.exponent);
  return parts;
}

// A number mantissa * 2^(exponent - 28).
struct Scaled {
  double mantissa = 0.0;
  int exponent = 0;
};

// One cycle of four lanes. `digits` are the terms' values, `shifts` their exponents.
inline Scaled Dot(const std::array<Parts, 4>& acts, const std::array<int, 4>& digits,
                  const std::array<int, 4>& shifts, Rounding rounding) {
  Scaled dot;
  for (size_t i = 0; i < 4; ++i)
    dot.exponent = std::max(dot.exponent, acts[i].exponent + shifts[i]);
  for (size_t i = 0; i < 4; ++i) {
    if (digits[i] == 0) continue;
    const int below = dot.exponent - acts[i].exponent - shifts[i];
    const double aligned = Round(std::ldexp(acts[i].mantissa * 8.0, -below), rounding);
    dot.mantissa += (digits[i] < 0 ? -1.0 : 1.0) * acts[i].sign * aligned;
  }
  return dot;
}

inline Scaled Add(Scaled sum, Scaled dot, int significance, Rounding rounding) {
  const int top = std::max(sum.exponent, dot.exponent);
  const double wide = Round(std::ldexp(sum.mantissa, sum.exponent - top), rounding) +
                      Round(std::ldexp(dot.mantissa, significance + dot.exponent - top), rounding);
  for (int shift = 0;; ++shift) {
    const double mantissa = Round(std::ldexp(wide, -shift), rounding);
    if (mantissa >= -16384.0 && mantissa <= 16383.0) return {mantissa, top + shift};
  }
}

// A finite f16 of any exponent, or near one where lanes meet.
inline uint16_t RandomF16(Random& random) {
  const auto any = static_cast<uint16_t>(random.Bits());
  const unsigned exponent = random.Below(2) == 0 ? any >> 10 & 31u : 13 + (any >> 10 & 3u);
  return static_cast<uint16_t>((any & 0x83ffu) | (exponent == 31 ? 30u : exponent) << 10);
}

}  // namespace lutgemm::test::pe

#endif  // LUTGEMM_TESTS_MODEL_UNITS_ORACLE_H_
