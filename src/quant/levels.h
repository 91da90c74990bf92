// The values of one codebook table in ascending order, and rounding to the nearest of them.
#ifndef LUTGEMM_QUANT_LEVELS_H_
#define LUTGEMM_QUANT_LEVELS_H_

#include <lutgemm/codebook.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lutgemm::quant {

struct Levels {
  size_t count = 0;
  std::array<double, 16> values{};     // ascending, distinct, unit included
  std::array<double, 15> midpoints{};  // between neighbours; infinite past the last
  std::array<uint8_t, 16> codes{};     // the first code of each value
  double largest = 0;                  // of the magnitudes

  // Index of the nearest value; an exact midpoint goes to the lower one.
  size_t Nearest(double x) const {
    size_t below = 0;
    for (const double midpoint : midpoints) below += midpoint < x;
    return below;
  }
};

Levels MakeLevels(const Codebook& book, unsigned table);

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_LEVELS_H_
