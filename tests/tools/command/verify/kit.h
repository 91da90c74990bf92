// Formats and structured matrices that `lutgemm verify` must not call bad.
#ifndef LUTGEMM_TESTS_TOOLS_COMMAND_VERIFY_KIT_H_
#define LUTGEMM_TESTS_TOOLS_COMMAND_VERIFY_KIT_H_

#include "support/random.h"

#include <lutgemm/weights.hpp>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace lutgemm::test {

struct VerifiedFormat {
  QuantSpec spec;
  LayoutId layout = LayoutId::kDefault;
};

inline std::vector<VerifiedFormat> VerifiedFormats() {
  using F = WeightFormat;
  using Z = ZeroKind;
  constexpr Elem f16 = Elem::kF16, bf16 = Elem::kBF16, f32 = Elem::kF32, u8 = Elem::kU8;
  return {{{F::kInt1, 128, Z::kNone, f16, false}},
          {{F::kInt1, 20, Z::kNone, f32, true}},
          {{F::kInt2, 64, Z::kNone, f16, false}},
          {{F::kInt2, 4, Z::kInteger, f16, false}},
          {{F::kInt2, 128, Z::kFloat, bf16, false}},
          {{F::kInt3, kWholeRow, Z::kNone, f16, false}},
          {{F::kInt3, 32, Z::kInteger, bf16, true}},
          {{F::kInt3, 8, Z::kFloat, f16, false}},
          {{F::kInt4, 4, Z::kNone, f16, false}},
          {{F::kInt4, 128, Z::kInteger, f16, false}},
          {{F::kInt4, kWholeTensor, Z::kFloat, f32, false}},
          {{F::kInt4, 64, Z::kNone, f16, false}, LayoutId::kPlanes},
          {{F::kTernary, kWholeTensor, Z::kNone, f16, false}},
          {{F::kTernary, kWholeRow, Z::kNone, bf16, false}, LayoutId::kTrits},
          {{F::kTernary, 64, Z::kNone, f16, true}},
          {{F::kBitmod3, 128, Z::kNone, u8, false}},
          {{F::kBitmod3, 4, Z::kNone, f16, false}},
          {{F::kBitmod4, 32, Z::kNone, u8, true}},
          {{F::kMxfp4, 32, Z::kNone, Elem::kE8m0, false}},
          {{F::kNvfp4, 16, Z::kNone, Elem::kE4m3, false}},
          {{F::kNf4, 4, Z::kNone, f16, false}},
          {{F::kCodebook, 24, Z::kNone, u8, false}},
          {{F::kBfp3, 16, Z::kNone, Elem::kE8m0, false}},
          {{F::kBfp8, 32, Z::kNone, Elem::kE8m0, false}}};
}

struct Shape {
  size_t n, k;
};
// A weight of each row and column; `wild` matrices may be refused by types of scales.
struct VerifiedMatrix {
  const char* name;
  bool wild;
  std::function<double(Random&, Shape, size_t row, size_t col)> weight;
};

inline std::vector<VerifiedMatrix> VerifiedMatrices() {
  using R = Random;
  const auto normal = [](R& random) { return random.Normal(); };
  return {
      {"Gaussian", false, [=](R& r, Shape, size_t, size_t) { return normal(r); }},
      {"constant", false, [](R&, Shape, size_t, size_t) { return 0.37; }},
      {"zeros", false, [](R&, Shape, size_t, size_t) { return 0.0; }},
      {"one weight", false,
       [](R&, Shape s, size_t i, size_t j) { return i == s.n / 2 && j == s.k / 3 ? -1.5 : 0.0; }},
      {"three weights", false,
       [](R&, Shape s, size_t i, size_t j) { return i == 0 && j * 3 % s.k < 3 ? 0.5 : 0.0; }},
      {"outlier row", false,
       [=](R& r, Shape s, size_t i, size_t) { return normal(r) * (i == s.n / 2 ? 1000 : 1); }},
      {"outlier column", false,
       [=](R& r, Shape s, size_t, size_t j) { return normal(r) * (j == s.k / 2 ? 300 : 1); }},
      {"alternating", false,
       [](R&, Shape, size_t i, size_t j) { return (i + j) % 2 ? 0.2 : -0.2; }},
      {"pruned", false,
       [=](R& r, Shape, size_t, size_t) { return r.Unit() < 0.9 ? 0.0 : normal(r); }},
      {"block of zeros", false,
       [=](R& r, Shape s, size_t, size_t j) { return j < s.k / 2 ? 0.0 : normal(r); }},
      {"rank one", false,
       [](R&, Shape, size_t i, size_t j) { return std::sin(double(i) + 1) * std::cos(double(j)); }},
      {"identical rows", false,
       [](R&, Shape, size_t, size_t j) { return std::sin(double(j * j) * 0.7); }},
      {"tiny", true, [=](R& r, Shape, size_t, size_t) { return normal(r) * 1e-9; }},
      {"huge", true, [=](R& r, Shape, size_t, size_t) { return normal(r) * 1e30; }},
      {"ternary", false, [](R& r, Shape, size_t, size_t) { return 0.04 * double(r.Int(-1, 1)); }},
      {"ramp", false,
       [](R&, Shape s, size_t i, size_t j) {
         return double(i * s.k + j) / double(s.n * s.k) - 0.3;
       }},
      {"mixed rows", true, [=](R& r, Shape, size_t i, size_t) {
         return normal(r) * std::pow(10.0, 3.0 * double(i % 7) - 12.0);
       }}};
}

inline std::vector<float> Make(const VerifiedMatrix& matrix, Shape shape, Random& random) {
  std::vector<float> weights;
  for (size_t row = 0; row < shape.n; ++row) {
    for (size_t col = 0; col < shape.k; ++col) {
      weights.push_back(static_cast<float>(matrix.weight(random, shape, row, col)));
    }
  }
  return weights;
}

// A table without zero.
inline Result<QuantizedMatrix> QuantizeAny(const Tensor2D& weights, const QuantSpec& spec) {
  static const Codebook book = *MakeCodebook(std::vector<float>{-3, -1, 0.5f, 2});
  return spec.format == WeightFormat::kCodebook ? Quantize(weights, spec, book)
                                                : Quantize(weights, spec);
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_TOOLS_COMMAND_VERIFY_KIT_H_
