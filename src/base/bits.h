// Small integer arithmetic on sizes.
#ifndef LUTGEMM_BASE_BITS_H_
#define LUTGEMM_BASE_BITS_H_

#include <cstddef>
#include <cstdint>
#include <limits>

namespace lutgemm::base {

// a / b rounded up. b > 0.
constexpr size_t CeilDiv(size_t a, size_t b) { return a / b + (a % b != 0); }

// a rounded up to a multiple of b. b > 0; the result must fit size_t.
constexpr size_t RoundUp(size_t a, size_t b) { return CeilDiv(a, b) * b; }

// b a power of two.
constexpr bool IsAligned(uintptr_t a, size_t b) { return (a & (b - 1)) == 0; }
inline bool IsAligned(const void* p, size_t b) {
  return IsAligned(reinterpret_cast<uintptr_t>(p), b);
}

// a * b and a + b into *out; false where size_t cannot hold the result.
constexpr bool CheckedMul(size_t a, size_t b, size_t* out) {
  if (b != 0 && a > std::numeric_limits<size_t>::max() / b) return false;
  *out = a * b;
  return true;
}
constexpr bool CheckedAdd(size_t a, size_t b, size_t* out) {
  if (a > std::numeric_limits<size_t>::max() - b) return false;
  *out = a + b;
  return true;
}

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_BITS_H_
