// The floating-point environment that all arithmetic of the library is written for.
#ifndef LUTGEMM_BASE_FLOAT_MODE_H_
#define LUTGEMM_BASE_FLOAT_MODE_H_

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

namespace lutgemm::base {
namespace float_control {

#if defined(__SSE2__)
inline constexpr uint64_t kDefault = 0x1f80;  // MXCSR after a process starts
inline constexpr uint64_t kControl = 0xffc0;  // all but the flags of exceptions
inline uint64_t Read() noexcept { return _mm_getcsr(); }
inline void Write(uint64_t mode) noexcept { _mm_setcsr(static_cast<unsigned>(mode)); }
#elif defined(__aarch64__)
inline constexpr uint64_t kDefault = 0;
inline constexpr uint64_t kControl = ~uint64_t{0};  // FPCR has no flags
inline uint64_t Read() noexcept {
  uint64_t mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
inline void Write(uint64_t mode) noexcept { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
inline constexpr uint64_t kDefault = FE_TONEAREST;
inline constexpr uint64_t kControl = ~uint64_t{0};
inline uint64_t Read() noexcept { return static_cast<uint64_t>(std::fegetround()); }
inline void Write(uint64_t mode) noexcept { std::fesetround(static_cast<int>(mode)); }
#endif

}  // namespace float_control

// While it lives, the calling thread rounds to nearest even, keeps subnormal numbers, and traps
// nothing, whatever it did before; then the mode is the caller's again. It costs one read of the
// mode where that is so already. Flags of exceptions are raised as by any arithmetic; only on x86,
// and where the mode had to change, they come back as they were. A program's threads have modes of
// their own and inherit them when they start, so every task sets its own.
class FloatMode {
 public:
  // In the header, because every library of the project needs them; not inlined, so that compilers
  // move no arithmetic across them.
  [[gnu::noinline]] FloatMode() noexcept
      : saved_(float_control::Read()),
        changed_((saved_ & float_control::kControl) !=
                 (float_control::kDefault & float_control::kControl)) {
    if (changed_) float_control::Write(float_control::kDefault);
  }
  [[gnu::noinline]] ~FloatMode() {
    if (changed_) float_control::Write(saved_);
  }
  FloatMode(const FloatMode&) = delete;
  FloatMode& operator=(const FloatMode&) = delete;

 private:
  uint64_t saved_;
  bool changed_;
};

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_FLOAT_MODE_H_
