#include "ref/error.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/random.h"

namespace lutgemm::ref {
namespace {

TEST_CASE("normalised mean squared error") {
  const std::vector<double> reference = {3, -4};
  CHECK(Nmse(std::vector<float>{3, -4}, reference) == 0);
  CHECK(Nmse(std::vector<float>{4, -4}, reference) == 1.0 / 25);
  CHECK(Nmse(std::vector<double>{0, 0}, reference) == 1);
  const std::vector<double> zeros(2);
  CHECK(Nmse(std::vector<float>{0, 0}, zeros) == 0);
  CHECK(std::isinf(Nmse(std::vector<float>{0, 1e-30f}, zeros)));
  CHECK(std::isnan(Nmse(std::vector<float>{NAN, 0}, reference)));
  CHECK(Nmse(std::vector<float>{}, {}) == 0);
}

struct Dot {
  float computed;
  double exact;
  double magnitude;
};

Dot Compute(const std::vector<float>& a, const std::vector<float>& b) {
  Dot dot = {0, 0, 0};
  for (size_t i = 0; i < a.size(); ++i) {
    const volatile float product = a[i] * b[i];  // rounded: no fused multiply-add
    dot.computed += product;
    dot.exact += static_cast<double>(a[i]) * b[i];
    dot.magnitude += std::fabs(static_cast<double>(a[i]) * b[i]);
  }
  return dot;
}

TEST_CASE("the bound holds for random sums and is not absurdly wide") {
  test::Random random(51);
  for (const size_t k : {1, 2, 17, 1000}) {
    const Dot dot = Compute(random.Normals(k), random.Normals(k));
    const double bound = DotErrorBound(dot.magnitude, k, kEpsilonF32, 0);
    CHECK(std::fabs(dot.computed - dot.exact) <= bound);
    CHECK(bound <= 2e-7 * static_cast<double>(k) * dot.magnitude);
  }
}

TEST_CASE("the bound holds in the worst case, and half of it would not") {
  // Each addition to 1 loses almost half a unit in its last place, always in the same direction.
  const size_t k = 4096;
  std::vector<float> ones(k, 1.0f);
  std::vector<float> terms(k, 0x1.fffffep-25f);
  terms[0] = 1.0f;
  const Dot dot = Compute(ones, terms);
  CHECK(dot.computed == 1.0f);
  const double bound = DotErrorBound(dot.magnitude, k, kEpsilonF32, 0);
  CHECK(std::fabs(dot.computed - dot.exact) <= bound);
  CHECK(std::fabs(dot.computed - dot.exact) > bound / 2);
}

TEST_CASE("subnormal products are covered, and impossible lengths have no bound") {
  const Dot dot = Compute(std::vector<float>(64, 0x1p-80f), std::vector<float>(64, 0x1p-75f));
  CHECK(dot.computed == 0);
  CHECK(std::fabs(dot.exact) <= DotErrorBound(dot.magnitude, 64, kEpsilonF32, 0));
  CHECK(std::isinf(DotErrorBound(1, size_t{1} << 24, kEpsilonF32, 0)));
  CHECK(std::isfinite(DotErrorBound(1, (size_t{1} << 24) - 4, kEpsilonF32, 3)));
}

}  // namespace
}  // namespace lutgemm::ref
