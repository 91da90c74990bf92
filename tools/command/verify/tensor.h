// Checks one packed tensor by multiplying with it; `lutgemm verify --help` says what is claimed.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_TENSOR_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_TENSOR_H_

#include <lutgemm/plan.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lutgemm::tools {

// Errors of float rounding; below it no ratio means anything.
inline constexpr double kTinyNmse = 1e-12;

// One mode with one kind of activations at one number of tokens per call.
struct ProductCheck {
  Mode mode = Mode::kFast;
  bool outliers = false;
  size_t m = 1;
  std::string kernel, target;
  size_t block = 0;         // activations that share a scale
  double nmse = 0.0;        // of the library's outputs against float64
  double int8_nmse = 0.0;   // of int8 activations with blocks of the same length, in float64
  double of_bound = 0.0;    // the largest error of an output, as a share of its bound
  bool bits_equal = false;  // to the scalar loops
  bool ok = false;

  // 1 where both are no more than float rounding.
  double ratio() const {
    return nmse <= kTinyNmse && int8_nmse <= kTinyNmse ? 1.0 : nmse / int8_nmse;
  }
};

struct TensorReport {
  std::vector<ProductCheck> checks;
  double table_factor = 1.0;          // see table_factor.h
  std::optional<bool> integer_equal;  // none: not defined for these weights
  std::optional<double> onednn_nmse;  // of oneDNN's f32 product; none: built without
  std::vector<std::string> failures;
};

struct VerifySpec {
  uint64_t seed = 1;
  std::string target;  // empty: best
  size_t threads = 1;
};

// `weights` packed, `matrix` the same unpacked.
Result<TensorReport> VerifyTensor(const PackedWeights& weights, const QuantizedMatrix& matrix,
                                  const VerifySpec& spec, Threads* threads);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_TENSOR_H_
