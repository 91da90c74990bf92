// Choosing a group's scale and table, and rounding its weights to codes.
#ifndef LUTGEMM_QUANT_ROUNDER_H_
#define LUTGEMM_QUANT_ROUNDER_H_

#include "quant/levels.h"

#include <lutgemm/types.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lutgemm::quant {

// A group's scale, which multiplies table values in their own units, and its table. Scale 0 means
// that all weights are zero. `stored` is the number that QuantizedMatrix::scales holds, `exact`
// what the scale would be if scales were not rounded.
struct BlockFit {
  double scale = 0;
  uint8_t selector = 0;
  float stored = 0;
  double exact = 0;
};

// The weights of a group, and how much the error of each counts; an empty importance counts all
// alike.
struct WeighedGroup {
  std::span<const float> weights;
  std::span<const float> importance = {};
};

// Rounding of a table: to the nearest value, exact midpoints to the lower one, as BitMoD and NF4
// round. For E2M1 (MXFP4, NVFP4) to nearest even. For BFP to the nearest integer, ties to even.
class Rounder {
 public:
  Rounder(const QuantSpec& spec, const Codebook& book);

  // The fit before its scale is rounded to the stored type; the first of equally good ones. Without
  // search: for every table the scale max|w| / max|value|, the table with the least squared error,
  // which is weighed by importance.
  // Scales of type kE8m0 and kE4m3 come as they are to be stored, beside `factor`, the tensor's;
  // others are not rounded yet.
  BlockFit Choose(const WeighedGroup& group, double factor) const;
  // Codes for a scale that is stored.
  void Encode(std::span<const float> group, const BlockFit& fit, uint8_t* codes) const;
  double SquaredError(const WeighedGroup& group, const BlockFit& fit) const;
  // The same with fit.exact, all weights counting alike.
  double ExactError(std::span<const float> group, const BlockFit& fit) const;

 private:
  template <class Body>
  auto WithRounding(const BlockFit& fit, const Body& body) const;
  BlockFit ChooseFloat(const WeighedGroup& group) const;
  BlockFit ChoosePowerOfTwo(const WeighedGroup& group) const;
  BlockFit ChooseE4m3(const WeighedGroup& group, double factor) const;
  BlockFit Best(const WeighedGroup& group, std::span<const BlockFit> fits) const;

  QuantSpec spec_;
  unsigned bfp_bits_ = 0;
  bool to_even_ = false;  // E2M1
  std::vector<Levels> levels_;
};

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_ROUNDER_H_
