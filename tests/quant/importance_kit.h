// Quantising with importance in tests.
#ifndef LUTGEMM_TESTS_QUANT_IMPORTANCE_KIT_H_
#define LUTGEMM_TESTS_QUANT_IMPORTANCE_KIT_H_

#include "kit.h"
#include "support/gen/formats.h"
#include "support/random.h"

#include <cmath>
#include <vector>

namespace lutgemm::test {

// Activations' energy as models have it: a few columns hold most of it, and some nothing.
inline std::vector<float> Energies(Random& random, size_t count) {
  std::vector<float> energies = random.Normals(count);
  for (size_t i = 0; i < count; ++i) {
    energies[i] = i % 7 == 3 ? 0.0f : std::exp(2 * energies[i]);
  }
  return energies;
}

inline QuantizedMatrix MustQuantize(const Tensor2D& weights, const QuantSpec& spec,
                                    const QuantizeOptions& options) {
  Result<QuantizedMatrix> matrix = Quantize(weights, spec, options);
  REQUIRE_MESSAGE(matrix.ok(), matrix.status().text());
  CHECK(Validate(*matrix).ok());
  return *std::move(matrix);
}

// Of all weights, each times the importance of its column.
inline double WeighedError(const QuantizedMatrix& matrix, const std::vector<float>& w,
                           const std::vector<float>& importance) {
  double sum = 0;
  for (size_t i = 0; i < w.size(); ++i) {
    const size_t row = i / matrix.info.k, col = i % matrix.info.k;
    const double error = w[i] - matrix.Value(row, col);
    sum += importance[col] * error * error;
  }
  return sum;
}

// Every format and zero kind, with the search.
inline std::vector<QuantSpec> Searches(uint32_t group) {
  std::vector<QuantSpec> specs;
  for (const auto format : test::kLinearFormats) {
    specs.push_back({format, group, ZeroKind::kNone, Elem::kF16, true});
  }
  for (const auto format :
       {WeightFormat::kInt2, WeightFormat::kInt3, WeightFormat::kInt4, WeightFormat::kInt5}) {
    specs.push_back({format, group, ZeroKind::kInteger, Elem::kF16, true});
    specs.push_back({format, group, ZeroKind::kFloat, Elem::kF16, true});
  }
  if (group == kWholeTensor) return specs;
  for (const auto format : {WeightFormat::kBitmod3, WeightFormat::kBitmod4, WeightFormat::kNf4}) {
    specs.push_back({format, group, ZeroKind::kNone, Elem::kF16, true});
  }
  for (const auto format :
       {WeightFormat::kMxfp4, WeightFormat::kNvfp4, WeightFormat::kBfp3, WeightFormat::kBfp6}) {
    specs.push_back(DefaultSpec(format));
    specs.back().scale_search = true;
  }
  return specs;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_QUANT_IMPORTANCE_KIT_H_
