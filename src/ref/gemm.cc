#include "ref/gemm.h"

#include <cmath>

#include "base/check.h"

namespace lutgemm::ref {
namespace {

// out[t][row] = dot(tokens[t], row of weights) for all t and row. weight(row, col) is called once
// per weight; multiply(a, w) is a term.
template <class Sum, class Act, class Weight, class Multiply>
std::vector<Sum> Multiplied(const WeightInfo& info, std::span<const Act> act, size_t m,
                            const Weight& weight, const Multiply& multiply) {
  LUTGEMM_DCHECK(act.size() == m * info.k);
  std::vector<Sum> out(m * info.n);
  std::vector<Sum> weights_of_row(info.k);
  for (size_t row = 0; row < info.n; ++row) {
    for (size_t col = 0; col < info.k; ++col) weights_of_row[col] = weight(row, col);
    for (size_t t = 0; t < m; ++t) {
      Sum sum = 0;
      for (size_t col = 0; col < info.k; ++col) {
        sum += multiply(static_cast<Sum>(act[t * info.k + col]), weights_of_row[col]);
      }
      out[t * info.n + row] = sum;
    }
  }
  return out;
}

template <class Act>
std::vector<int64_t> IntegerProduct(const QuantizedMatrix& weights, std::span<const Act> act,
                                    size_t m) {
  return Multiplied<int64_t>(
      weights.info, act, m, [&](size_t row, size_t col) { return weights.Integer(row, col); },
      [](int64_t a, int64_t w) { return a * w; });
}

}  // namespace

std::vector<double> GemmF64(const QuantizedMatrix& weights, std::span<const float> act, size_t m,
                            const float* bias) {
  const size_t n = weights.info.n;
  std::vector<double> out = Multiplied<double>(
      weights.info, act, m, [&](size_t row, size_t col) { return weights.Value(row, col); },
      [](double a, double w) { return a * w; });
  for (size_t i = 0; bias != nullptr && i < out.size(); ++i) out[i] += bias[i % n];
  return out;
}

std::vector<double> GemmMagnitudes(const QuantizedMatrix& weights, std::span<const float> act,
                                   size_t m) {
  return Multiplied<double>(
      weights.info, act, m, [&](size_t row, size_t col) { return weights.Value(row, col); },
      [](double a, double w) { return std::fabs(a * w); });
}

std::vector<int64_t> GemmInteger(const QuantizedMatrix& weights, std::span<const int8_t> act,
                                 size_t m) {
  return IntegerProduct(weights, act, m);
}

std::vector<int64_t> GemmInteger(const QuantizedMatrix& weights, std::span<const int16_t> act,
                                 size_t m) {
  return IntegerProduct(weights, act, m);
}

}  // namespace lutgemm::ref
