// Bit-serial terms of weights: every number type of the BitMoD PE as a short sum of
//   (-1)^negative * mantissa * 2^exponent * 2^significance
// with one mantissa bit, two exponent bits, and a significance that the lanes of a cycle share
// (BitMoD, HPCA 2025, Eq. 4). Integers give radix-4 Booth digits (Fig. 4a). FP4 and FP3 give the
// leading ones of a fixed-point magnitude, in units of 0.5. One term is spent per cycle, zero
// terms too: the paper describes no skipping.
#ifndef LUTGEMM_MODEL_UNITS_TERMS_H_
#define LUTGEMM_MODEL_UNITS_TERMS_H_

#include <array>
#include <bit>
#include <cstdint>
#include <optional>

namespace lutgemm::model::units {

// Codes are two's complement of that many bits; FP4 is s e1 e0 m and FP3 s e1 e0, in both of which
// the code of -0 stands for the group's special value.
enum class TermType : uint8_t { kInt8, kInt6, kInt5, kInt4, kInt3, kFp4, kFp3 };
inline constexpr std::array kTermTypes = {TermType::kInt8, TermType::kInt6, TermType::kInt5,
                                          TermType::kInt4, TermType::kInt3, TermType::kFp4,
                                          TermType::kFp3};

struct Term {
  bool negative = false;
  uint8_t exponent = 0;  // 0..3
  uint8_t mantissa = 0;  // 0 or 1

  friend constexpr bool operator==(const Term&, const Term&) = default;
};

inline constexpr unsigned kMaxTerms = 4;
// Term t is worked on in cycle t; those from TermCount on are zero.
using WeightTerms = std::array<Term, kMaxTerms>;

constexpr bool IsFloat(TermType type) { return type == TermType::kFp4 || type == TermType::kFp3; }

constexpr unsigned CodeBits(TermType type) {
  constexpr unsigned kBits[] = {8, 6, 5, 4, 3, 4, 3};
  return kBits[static_cast<unsigned>(type)];
}

// Terms of a weight of so many bits, one per cycle: Booth digits have two bits each, and of floats
// so many leading ones are kept.
constexpr uint64_t TermsOfBits(uint64_t bits) { return (bits + 1) / 2; }
// Cycles that each weight takes: 4 (INT8), 3 (INT6, INT5), 2 (the others).
constexpr unsigned TermCount(TermType type) {
  return static_cast<unsigned>(TermsOfBits(CodeBits(type)));
}

// What a sum of terms counts: halves where the type has them.
constexpr double TermUnit(TermType type) { return IsFloat(type) ? 0.5 : 1.0; }

// The significance of term t, 0..6: Booth digits lie two bits apart, leading ones one.
constexpr unsigned Significance(TermType type, unsigned t) { return IsFloat(type) ? t : 2 * t; }

// The digit -2..2 of three neighbouring bits (2k+1, 2k, 2k-1) of an integer.
constexpr Term BoothTerm(unsigned bits) {
  constexpr Term kDigits[8] = {{},           {false, 0, 1}, {false, 0, 1}, {false, 1, 1},
                               {true, 1, 1}, {true, 0, 1},  {true, 0, 1},  {}};
  return kDigits[bits & 7];
}

// Booth digits, least significant first. A type of odd width is extended by its sign.
constexpr WeightTerms IntTerms(TermType type, unsigned code) {
  const unsigned width = CodeBits(type);
  const unsigned sign = (code >> (width - 1)) & 1;
  const unsigned wide = ((code & ((1u << width) - 1)) | (sign << width)) << 1;  // bit -1 is 0
  WeightTerms terms{};
  for (unsigned t = 0; t < TermCount(type); ++t) terms[t] = BoothTerm(wide >> (2 * t));
  return terms;
}

// At most two ones of a magnitude in fixed point {I3 I2 I1 I0 . F0}, 0..31 halves. Term 1 takes the
// leading one among I3..I0; term 0 that among I2..F0 once term 1's is gone, or a single one would
// count twice.
constexpr WeightTerms LeadingOneTerms(bool negative, unsigned halves) {
  WeightTerms terms{};
  unsigned rest = halves & 31u;
  const auto leading = [](unsigned bits) { return static_cast<uint8_t>(std::bit_width(bits) - 1); };
  if (const unsigned window = rest >> 1; window != 0) {
    terms[1] = {negative, leading(window), 1};
    rest ^= 2u << terms[1].exponent;
  }
  if (rest &= 15u; rest != 0) terms[0] = {negative, leading(rest), 1};
  return terms;
}

// The magnitude of an FP4 code in halves: 0 1 2 3 4 6 8 12.
constexpr unsigned Fp4Halves(unsigned code) {
  const unsigned exponent = (code >> 1) & 3, fraction = code & 1;
  return exponent == 0 ? fraction : (2 + fraction) << (exponent - 1);
}

// Terms of a special value in halves, or none where two terms cannot make it. Values with three
// ones use a difference: 7 is 8 - 1, as the paper suggests.
constexpr std::optional<WeightTerms> SpecialTerms(int halves) {
  const bool negative = halves < 0;
  const unsigned magnitude = negative ? 0u - static_cast<unsigned>(halves) : unsigned(halves);
  if (magnitude > 24) return std::nullopt;  // 16 + 8 is the largest sum
  if (std::popcount(magnitude) <= 2) return LeadingOneTerms(negative, magnitude);
  for (uint8_t high = 0; high < 4; ++high) {
    for (uint8_t low = 0; low < 4; ++low) {
      if ((2u << high) - (1u << low) != magnitude) continue;
      return WeightTerms{Term{!negative, low, 1}, Term{negative, high, 1}};
    }
  }
  return std::nullopt;
}

// Terms of a code. `special` is what a -0 of FP4 or FP3 stands for. An FP3 code is the FP4 code
// without fraction.
constexpr WeightTerms TermsOf(TermType type, unsigned code, const WeightTerms& special) {
  if (!IsFloat(type)) return IntTerms(type, code);
  const unsigned fp4 = (type == TermType::kFp3 ? code << 1 : code) & 15u;
  return fp4 == 8 ? special : LeadingOneTerms(fp4 >= 8, Fp4Halves(fp4));
}

// Special values in halves by selector, in the order in which the paper's search tries them: extra
// resolution +, -, extra asymmetry +, -. The numbering of selectors is ours.
inline constexpr std::array<int8_t, 4> kFp4Specials = {10, -10, 16, -16};
inline constexpr std::array<int8_t, 4> kFp3Specials = {6, -6, 12, -12};

}  // namespace lutgemm::model::units

#endif  // LUTGEMM_MODEL_UNITS_TERMS_H_
