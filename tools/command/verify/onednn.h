// The float64 oracle of `lutgemm verify` against oneDNN's f32 product.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_ONEDNN_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_ONEDNN_H_

#include <lutgemm/weights.hpp>

#include <span>

namespace lutgemm::tools {

struct OneDnnComparison {
  double nmse = 0.0;
  bool within_bound = false;  // every output: of f32 sums in any order
};
// `exact` holds the float64 outputs, [token][row]. Only where HaveOneDnn().
Result<OneDnnComparison> CompareOneDnn(const QuantizedMatrix& sample, std::span<const float> acts,
                                       std::span<const double> exact);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_ONEDNN_H_
