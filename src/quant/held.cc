#include "quant/held.h"

#include "base/text.h"
#include "format/traits.h"

namespace lutgemm::quant {
namespace {

// Of the weights' squares. Rounded Gaussian weights lose 0.01 (int4) to 0.4 (int1) of them anyway.
constexpr double kMostAdded = 0.01;

constexpr std::string_view WayOut(Elem scale) {
  switch (scale) {
    case Elem::kF32:
    case Elem::kBF16:
      return "multiply the weights by a power of two";
    case Elem::kE8m0:
    case Elem::kE4m3:
      return "use a format whose scales have a wider range";
    default:
      return "use f32 scales";
  }
}

}  // namespace

bool LosesBits(double scale, Elem elem) noexcept {
  if (!(scale > 0)) return false;
  switch (elem) {
    case Elem::kF16:
      return scale < 0x1p-14;
    case Elem::kE8m0:
      return scale < 0x1p-127;
    case Elem::kE4m3:
      return scale < 0x1p-6;
    case Elem::kU8:
      return scale < 8;  // then a step is larger than those of E4M3
    default:
      return scale < 0x1p-126;
  }
}

Loss LossOfRow(const QuantizedMatrix& matrix, size_t row, std::span<const float> weights) noexcept {
  Loss loss;
  for (size_t col = 0; col < weights.size(); ++col) {
    const double weight = weights[col], error = matrix.Value(row, col) - weight;
    loss.power += weight * weight;
    loss.error += error * error;
  }
  return loss;
}

Status CheckHeld(const Loss& loss, const QuantSpec& spec, std::string_view where) noexcept {
  if (loss.error - loss.exact <= kMostAdded * loss.power) return {};
  return base::MakeStatus(Code::kOverflow, Name(spec.format), " with ", Name(spec.scale),
                          " scales cannot hold the weights of ", where,
                          ": the scales are too small for their type, and the weights' NMSE would "
                          "be ",
                          loss.error / loss.power, " instead of ", loss.exact / loss.power, "; ",
                          WayOut(spec.scale));
}

}  // namespace lutgemm::quant
