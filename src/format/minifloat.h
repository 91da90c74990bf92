// Floats of 4, 6 and 8 bits: sign, exponent, mantissa, with subnormals and a signed zero.
//
//   E2M1  FP4   OCP MX v1.0, 5.3.3         +-0, .5, 1, 1.5, 2, 3, 4, 6; no infinity, no NaN
//   E2M3  FP6   OCP MX v1.0, 5.3.2         steps of 1/8 up to 7.5; no infinity, no NaN
//   E3M2  FP6   OCP MX v1.0, 5.3.2         steps of 1/16 up to 28; no infinity, no NaN
//   E4M3  FP8   OCP OFP8 v1.0              up to 448; no infinity, NaN is all ones
//   E5M2  FP8   OCP OFP8 v1.0              up to 57344; infinity and NaN as in binary16
//   E8M0  scale OCP MX v1.0, 5.4.1         2^(e - 127), 255 is NaN; no sign, no zero
#ifndef LUTGEMM_FORMAT_MINIFLOAT_H_
#define LUTGEMM_FORMAT_MINIFLOAT_H_

#include "format/exact.h"

#include <cstdint>
#include <limits>

namespace lutgemm::format {

struct MiniFloat {
  // Which codes of the largest exponent are no numbers.
  enum class Special : uint8_t { kNone, kNan, kInfinityAndNan };

  unsigned exponent_bits = 0;
  unsigned mantissa_bits = 0;
  int bias = 0;
  Special special = Special::kNone;

  constexpr unsigned bits() const { return 1 + exponent_bits + mantissa_bits; }
  constexpr unsigned codes() const { return 1u << bits(); }
  constexpr unsigned sign_bit() const { return 1u << (bits() - 1); }
  constexpr int min_exponent() const { return 1 - bias; }  // of normal numbers, and of subnormals
  // Code of the largest finite magnitude.
  constexpr unsigned max_code() const {
    const unsigned last = sign_bit() - 1;
    if (special == Special::kNone) return last;
    return special == Special::kNan ? last - 1 : last - (1u << mantissa_bits);
  }
  // Exponent of that magnitude: emax of OCP MX.
  constexpr int max_exponent() const {
    return static_cast<int>(max_code() >> mantissa_bits) - bias;
  }
};

inline constexpr MiniFloat kE2M1{2, 1, 1};
inline constexpr MiniFloat kE4M3{4, 3, 7, MiniFloat::Special::kNan};
inline constexpr MiniFloat kE5M2{5, 2, 15, MiniFloat::Special::kInfinityAndNan};

// Value of a code below 2^bits, exact.
constexpr float MiniFloatValue(const MiniFloat& f, unsigned code) {
  const bool negative = (code & f.sign_bit()) != 0;
  const unsigned magnitude = code & (f.sign_bit() - 1);
  if (magnitude > f.max_code()) {
    const bool infinity =
        f.special == MiniFloat::Special::kInfinityAndNan && magnitude == f.max_code() + 1;
    const float large =
        infinity ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
    return negative ? -large : large;
  }
  const unsigned field = magnitude >> f.mantissa_bits;
  const unsigned fraction = magnitude & ((1u << f.mantissa_bits) - 1);
  const unsigned whole = field == 0 ? fraction : fraction + (1u << f.mantissa_bits);
  const int exponent = field == 0 ? f.min_exponent() : static_cast<int>(field) - f.bias;
  const auto value = static_cast<float>(whole * Pow2(exponent - static_cast<int>(f.mantissa_bits)));
  return negative ? -value : value;
}

// The code nearest to a finite x, ties to even; beyond the largest magnitude, that one with x's
// sign (saturation, as OCP MX v1.0, 6.3 converts). Keeps the sign of zeros and of what rounds to
// zero.
constexpr uint8_t MiniFloatCode(const MiniFloat& f, double x) {
  const bool negative = (std::bit_cast<uint64_t>(x) >> 63) != 0;
  const double magnitude = negative ? -x : x;
  unsigned code = f.max_code();
  if (magnitude < Pow2(f.max_exponent() + 1)) {
    // Of a normal double; smaller ones lie below every least exponent here.
    const int binade = static_cast<int>(std::bit_cast<uint64_t>(magnitude) >> 52) - 1023;
    const int exponent = binade > f.min_exponent() ? binade : f.min_exponent();
    const double steps = magnitude * Pow2(static_cast<int>(f.mantissa_bits) - exponent);
    // A carry into the next exponent is a carry of the code.
    code = (static_cast<unsigned>(exponent - f.min_exponent()) << f.mantissa_bits) +
           static_cast<unsigned>(RoundHalfEven(steps));
    if (code > f.max_code()) code = f.max_code();
  }
  return static_cast<uint8_t>(negative ? code | f.sign_bit() : code);
}

inline constexpr uint8_t kE8M0Nan = 255;
inline constexpr int kE8M0Bias = 127;

constexpr float E8M0Value(uint8_t code) {
  if (code == kE8M0Nan) return std::numeric_limits<float>::quiet_NaN();
  return static_cast<float>(Pow2(int{code} - kE8M0Bias));  // code 0: 2^-127, subnormal in binary32
}

// Code of 2^e; e is limited to [-127, 127].
constexpr uint8_t E8M0Code(int e) {
  const int limited = e < -kE8M0Bias ? -kE8M0Bias : e > kE8M0Bias ? kE8M0Bias : e;
  return static_cast<uint8_t>(limited + kE8M0Bias);
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_MINIFLOAT_H_
