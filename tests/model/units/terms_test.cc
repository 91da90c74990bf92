// Every code of every type is the sum of its terms; published digits and exponents.
#include "model/units/terms.h"

#include "model/units/oracle.h"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace lutgemm::model::units;
namespace oracle = lutgemm::test::pe;

namespace {

// Digits of an integer from the least significant: -2..2 each.
std::vector<int> Digits(TermType type, int value) {
  const WeightTerms terms = IntTerms(type, static_cast<unsigned>(value));
  std::vector<int> digits;
  for (unsigned t = 0; t < TermCount(type); ++t) digits.push_back(oracle::TermValue(terms[t]));
  return digits;
}

// Exponents of terms 1 and 0, -1 for a zero term.
std::array<int, 2> Exponents(const WeightTerms& terms) {
  const auto exponent = [](const Term& term) { return term.mantissa != 0 ? term.exponent : -1; };
  return {exponent(terms[1]), exponent(terms[0])};
}

}  // namespace

TEST_CASE("terms per type are the paper's") {
  CHECK(TermCount(TermType::kInt8) == 4);
  CHECK(TermCount(TermType::kInt6) == 3);
  CHECK(TermCount(TermType::kInt5) == 3);
  CHECK(TermCount(TermType::kInt4) == 2);
  CHECK(TermCount(TermType::kInt3) == 2);
  CHECK(TermCount(TermType::kFp4) == 2);
  CHECK(TermCount(TermType::kFp3) == 2);
}

TEST_CASE("every integer code is the sum of its Booth digits") {
  for (const TermType type : kTermTypes) {
    if (IsFloat(type)) continue;
    const int half = 1 << (CodeBits(type) - 1);
    for (int value = -half; value < half; ++value) {
      CAPTURE(value);
      const unsigned code = static_cast<unsigned>(value) & ((1u << CodeBits(type)) - 1);
      const WeightTerms terms = TermsOf(type, code, {});
      CHECK(oracle::TermsValue(type, terms) == value);
      for (const Term& term : terms) CHECK(term.exponent <= 1);
    }
  }
}

TEST_CASE("Booth digits of single values") {
  using Ints = std::vector<int>;
  CHECK(Digits(TermType::kInt8, 127) == Ints{-1, 0, 0, 2});
  CHECK(Digits(TermType::kInt8, -128) == Ints{0, 0, 0, -2});
  CHECK(Digits(TermType::kInt8, 77) == Ints{1, -1, 1, 1});
  CHECK(Digits(TermType::kInt6, 27) == Ints{-1, -1, 2});
  CHECK(Digits(TermType::kInt6, -31) == Ints{1, 0, -2});
  CHECK(Digits(TermType::kInt5, -16) == Ints{0, 0, -1});
}

TEST_CASE("every FP4 and FP3 code with every special value is the sum of its terms") {
  for (const auto& [type, bits] : {std::pair(TermType::kFp4, 4u), std::pair(TermType::kFp3, 3u)}) {
    for (int special = -24; special <= 24; ++special) {
      const auto terms = SpecialTerms(special);
      if (!terms.has_value()) continue;
      for (unsigned code = 0; code < 1u << bits; ++code) {
        CAPTURE(special);
        CAPTURE(code);
        CHECK(oracle::TermsValue(type, TermsOf(type, code, *terms)) ==
              oracle::FloatHalves(bits, code, special));
      }
    }
  }
}

TEST_CASE("exponents of magnitudes: the consumed one does not count twice") {
  using Pair = std::array<int, 2>;
  const std::pair<unsigned, Pair> published[] = {
      {0, {-1, -1}}, {1, {-1, 0}}, {2, {0, -1}}, {3, {0, 0}},   {4, {1, -1}}, {6, {1, 1}},
      {8, {2, -1}},  {12, {2, 2}}, {10, {2, 1}}, {16, {3, -1}}, {5, {1, 0}},  {9, {2, 0}}};
  for (const auto& magnitude : published) {
    CAPTURE(magnitude.first);
    CHECK(Exponents(LeadingOneTerms(false, magnitude.first)) == magnitude.second);
    const WeightTerms negative = LeadingOneTerms(true, magnitude.first);
    CHECK(Exponents(negative) == magnitude.second);
    for (const Term& term : negative) CHECK(term.negative == (term.mantissa != 0));
  }
}

TEST_CASE("special values: what two signed terms can make, and nothing else") {
  for (int halves = -300; halves <= 300; ++halves) {
    bool possible = false;
    for (const int high : {0, 2, 4, 8, 16, -2, -4, -8, -16}) {
      for (const int low : {0, 1, 2, 4, 8, -1, -2, -4, -8}) possible |= high + low == halves;
    }
    CAPTURE(halves);
    const auto terms = SpecialTerms(halves);
    CHECK(terms.has_value() == possible);
    if (terms.has_value()) CHECK(oracle::TermsValue(TermType::kFp4, *terms) == halves);
  }
  // 7 is 8 - 1, not 4 + 2 + 1.
  CHECK(SpecialTerms(14) == WeightTerms{Term{true, 1, 1}, Term{false, 3, 1}});
  CHECK_FALSE(SpecialTerms(11).has_value());
}
