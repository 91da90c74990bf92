// The floating-point environment that all arithmetic of the library is written for.
#ifndef LUTGEMM_BASE_FLOAT_MODE_H_
#define LUTGEMM_BASE_FLOAT_MODE_H_

#include <cstdint>

namespace lutgemm::base {

// While it lives, the calling thread rounds to nearest even, keeps subnormal numbers, and traps
// nothing, whatever it did before; then the mode is the caller's again. It costs one read of the
// mode where that is so already. Flags of exceptions are raised as by any arithmetic; only on x86,
// and where the mode had to change, they come back as they were. A program's threads have modes of
// their own and inherit them when they start, so every task sets its own.
class FloatMode {
 public:
  FloatMode() noexcept;
  ~FloatMode();
  FloatMode(const FloatMode&) = delete;
  FloatMode& operator=(const FloatMode&) = delete;

 private:
  uint64_t saved_;
  bool changed_;
};

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_FLOAT_MODE_H_
