// Ternary: codes 0, 1, 2 are the values -s, 0, +s.
#ifndef LUTGEMM_FORMAT_TERNARY_H_
#define LUTGEMM_FORMAT_TERNARY_H_

#include <cstdint>

namespace lutgemm::format {

inline constexpr unsigned kTernaryCodes = 3;
inline constexpr uint8_t kTernaryZero = 1;  // the code of zero

constexpr int TernaryValue(unsigned code) { return static_cast<int>(code) - 1; }

// value in -1, 0, 1.
constexpr uint8_t TernaryCode(int value) { return static_cast<uint8_t>(value + 1); }

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_TERNARY_H_
