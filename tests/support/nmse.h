// Normalised mean squared errors: the sum of squared differences over the sum of squares of what is
// expected.
#ifndef LUTGEMM_SUPPORT_NMSE_H_
#define LUTGEMM_SUPPORT_NMSE_H_

#include <lutgemm/weights.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace lutgemm::test {

template <class T>
double Nmse(const std::vector<T>& values, const std::vector<float>& expected) {
  REQUIRE(values.size() == expected.size());
  double error = 0, power = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double difference = double{values[i]} - double{expected[i]};
    error += difference * difference;
    power += double{expected[i]} * double{expected[i]};
  }
  return error / power;
}

// Of a matrix against the weights that it was made from.
inline double Nmse(const QuantizedMatrix& matrix, const std::vector<float>& weights) {
  std::vector<double> values;
  for (size_t i = 0; i < weights.size(); ++i) {
    values.push_back(matrix.Value(i / matrix.info.k, i % matrix.info.k));
  }
  return Nmse(values, weights);
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_SUPPORT_NMSE_H_
