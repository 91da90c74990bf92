#include "base/float_mode.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

// The functions are not inline, so that compilers move no arithmetic across them.
namespace lutgemm::base {
namespace {

#if defined(__SSE2__)
constexpr uint64_t kDefault = 0x1f80;  // MXCSR after a process starts
constexpr uint64_t kControl = 0xffc0;  // all but the flags of exceptions
uint64_t Read() noexcept { return _mm_getcsr(); }
void Write(uint64_t mode) noexcept { _mm_setcsr(static_cast<unsigned>(mode)); }
#elif defined(__aarch64__)
constexpr uint64_t kDefault = 0;
constexpr uint64_t kControl = ~uint64_t{0};  // FPCR has no flags
uint64_t Read() noexcept {
  uint64_t mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void Write(uint64_t mode) noexcept { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
constexpr uint64_t kDefault = FE_TONEAREST;
constexpr uint64_t kControl = ~uint64_t{0};
uint64_t Read() noexcept { return static_cast<uint64_t>(std::fegetround()); }
void Write(uint64_t mode) noexcept { std::fesetround(static_cast<int>(mode)); }
#endif

}  // namespace

FloatMode::FloatMode() noexcept
    : saved_(Read()), changed_((saved_ & kControl) != (kDefault & kControl)) {
  if (changed_) Write(kDefault);
}

FloatMode::~FloatMode() {
  if (changed_) Write(saved_);
}

}  // namespace lutgemm::base
