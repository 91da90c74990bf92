// Whether weights survive the rounding of their scales to the stored type. Below a type's normal
// range scales lose bits, down to all of them; what that may cost is measured, and limited.
#ifndef LUTGEMM_QUANT_HELD_H_
#define LUTGEMM_QUANT_HELD_H_

#include <lutgemm/weights.hpp>

#include <span>
#include <string_view>

namespace lutgemm::quant {

// Whether a positive scale, divided by its second-level factor, is stored with fewer bits than
// others of its type.
bool LosesBits(double scale, Elem elem) noexcept;

// What storing scales costs some weights, in sums of squares.
struct Loss {
  double power = 0;  // of the weights
  double error = 0;  // of their values, as they are stored
  double exact = 0;  // of values with scales that are not rounded

  void Add(const Loss& other) noexcept {
    power += other.power, error += other.error, exact += other.exact;
  }
};
// Of one row; `exact` is the caller's to add.
Loss LossOfRow(const QuantizedMatrix& matrix, size_t row, std::span<const float> weights) noexcept;

// kOverflow where rounded scales add more to the squared error than one hundredth of the weights'
// squares, or make values that are no numbers. `where` names the weights: "row 3".
Status CheckHeld(const Loss& loss, const QuantSpec& spec, std::string_view where) noexcept;

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_HELD_H_
