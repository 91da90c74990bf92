// Quantising in tests.
#ifndef LUTGEMM_TESTS_QUANT_KIT_H_
#define LUTGEMM_TESTS_QUANT_KIT_H_

#include <lutgemm/threads.hpp>
#include <lutgemm/weights.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace lutgemm::test {

// f32 values, in so many rows.
inline Tensor2D View(const std::vector<float>& values, size_t rows) {
  return {values.data(), Elem::kF32, rows, values.size() / rows, 0};
}

// Quantises what must be sound.
inline QuantizedMatrix MustQuantize(const Tensor2D& weights, const QuantSpec& spec,
                                    Threads* threads = nullptr) {
  Result<QuantizedMatrix> matrix = Quantize(weights, spec, threads);
  REQUIRE_MESSAGE(matrix.ok(), matrix.status().text());
  const Status valid = Validate(*matrix);
  CHECK_MESSAGE(valid.ok(), valid.text());
  return *std::move(matrix);
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_QUANT_KIT_H_
