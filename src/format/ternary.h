// Ternary: codes 0, 1, 2 are the values -s, 0, +s.
#ifndef LUTGEMM_FORMAT_TERNARY_H_
#define LUTGEMM_FORMAT_TERNARY_H_

#include <cstdint>

namespace lutgemm::format {

inline constexpr uint8_t kTernaryZero = 1;  // the code of zero

constexpr int TernaryValue(unsigned code) { return static_cast<int>(code) - 1; }

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_TERNARY_H_
