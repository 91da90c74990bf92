#include "ref/error.h"

#include "base/check.h"

#include <limits>

namespace lutgemm::ref {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
double NmseOf(std::span<const T> values, std::span<const double> reference) noexcept {
  LUTGEMM_DCHECK(values.size() == reference.size());
  double error = 0;
  double power = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    const double difference = values[i] - reference[i];
    error += difference * difference;
    power += reference[i] * reference[i];
  }
  if (power != 0) return error / power;
  return error == 0 ? 0 : kInfinity;
}

}  // namespace

double Nmse(std::span<const float> values, std::span<const double> reference) noexcept {
  return NmseOf(values, reference);
}

double Nmse(std::span<const double> values, std::span<const double> reference) noexcept {
  return NmseOf(values, reference);
}

double DotErrorBound(double magnitude, size_t k, double epsilon, size_t extra) noexcept {
  const double roundings = static_cast<double>(k + extra) * epsilon;
  if (roundings >= 1) return kInfinity;
  const double subnormal = static_cast<double>(k) * static_cast<double>(1 + extra) * 0x1p-129;
  return roundings / (1 - roundings) * magnitude + subnormal;
}

}  // namespace lutgemm::ref
