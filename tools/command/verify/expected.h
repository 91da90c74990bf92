// What products of a sample of outputs must be: float64, the scalar loops that define the modes,
// and how far these may lie apart. Each is computed once for all plans that share it.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_EXPECTED_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_EXPECTED_H_

#include "tools/command/verify/bound.h"
#include "tools/measure/random.h"

#include <lutgemm/weights.hpp>

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace lutgemm::tools {

// Tokens of each kind of activations: Gaussian, then with outliers.
inline constexpr size_t kKindTokens = 8, kVerifyTokens = 2 * kKindTokens;

// Gaussian activations of kVerifyTokens tokens; those of the second kind have 0.5 % that are 20
// times larger, the same number in every token.
std::vector<float> VerifyActs(size_t k, Random& random);

// Outputs [token][output].
struct Expected {
  std::vector<float> loops;
  std::vector<double> bounds;  // on the distance from float64
};

class Expectations {
 public:
  // Of `sample`, whose rows are the outputs.
  Expectations(const QuantizedMatrix& sample, std::vector<float> acts);

  const std::vector<float>& acts() const { return acts_; }
  const std::vector<double>& exact() const { return exact_; }
  const Expected& Of(const Preparation& preparation);
  // In float64, of activations rounded to int8 with one scale per block.
  const std::vector<double>& OfInt8(size_t block);

 private:
  const QuantizedMatrix& sample_;
  std::vector<float> acts_;
  std::vector<double> exact_;
  std::map<std::tuple<Mode, Method, size_t>, Expected> expected_;
  std::map<size_t, std::vector<double>> int8_;
};

// Outputs by the scalar loops: those of mode exact are the same for every method.
std::vector<float> ScalarLoops(const QuantizedMatrix& matrix, std::span<const float> acts,
                               const Preparation& preparation);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_EXPECTED_H_
