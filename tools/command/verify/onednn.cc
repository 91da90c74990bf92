#include "tools/command/verify/onednn.h"

#include "ref/error.h"
#include "ref/gemm.h"
#include "tools/measure/onednn.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <vector>

namespace lutgemm::tools {

Result<OneDnnComparison> CompareOneDnn(const QuantizedMatrix& sample, std::span<const float> acts,
                                       std::span<const double> exact) {
  const size_t n = sample.info.n, k = sample.info.k, m = acts.size() / k;
  std::vector<float> weights(n * k), out(m * n);
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<float>(sample.Value(i / k, i % k));
  }
  // So small a product waits longer for a second thread of a busy machine than it takes.
  (void)SetOneDnnThreads(1);
  Result<OneDnnProduct> product = OneDnnProduct::Make({OneDnnShape::Kind::kF32, m, n, k});
  if (!product.ok()) return product.status();
  if (Status status = product->AddWeights(weights.data()); !status.ok()) return status;
  if (Status status = product->Run(0, acts.data(), out.data()); !status.ok()) return status;
  OneDnnComparison found{ref::Nmse(out, exact), true};
  float largest = 0;
  for (const float a : acts) largest = std::max(largest, std::fabs(a));
  // Weights below the normal floats may count as zeros there.
  const double flushed = double(k) * double{FLT_MIN} * largest;
  const std::vector<double> magnitudes = ref::GemmMagnitudes(sample, acts, m);
  for (size_t i = 0; i < out.size(); ++i) {
    if (!(magnitudes[i] < FLT_MAX / 4)) continue;
    const double bound = ref::DotErrorBound(magnitudes[i], k, ref::kEpsilonF32, 2) + flushed;
    found.within_bound = found.within_bound && std::fabs(out[i] - exact[i]) <= bound;
  }
  return found;
}

}  // namespace lutgemm::tools
