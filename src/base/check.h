// LUTGEMM_DCHECK(condition): stops debug and sanitizer builds where a fact that MakePlan or Pack
// proved does not hold. Release builds evaluate nothing.
#ifndef LUTGEMM_BASE_CHECK_H_
#define LUTGEMM_BASE_CHECK_H_

#if !defined(LUTGEMM_CHECKS)
#if defined(NDEBUG)
#define LUTGEMM_CHECKS 0
#else
#define LUTGEMM_CHECKS 1
#endif
#endif

namespace lutgemm::base {

// The trap leaves file and line to the debugger or sanitizer: the library prints nothing itself.
[[noreturn]] inline void CheckFailed() noexcept { __builtin_trap(); }

}  // namespace lutgemm::base

#if LUTGEMM_CHECKS
#define LUTGEMM_DCHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::lutgemm::base::CheckFailed())
#else
// Unevaluated, so that names used only in checks do not count as unused.
#define LUTGEMM_DCHECK(condition) static_cast<void>(sizeof(!(condition)))
#endif

#endif  // LUTGEMM_BASE_CHECK_H_
