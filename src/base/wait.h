// Waiting for what another thread is about to do: first by polling, which is quick where that
// thread runs, then asleep, which leaves the core to it where it does not.
#ifndef LUTGEMM_BASE_WAIT_H_
#define LUTGEMM_BASE_WAIT_H_

#include <atomic>
#include <chrono>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace lutgemm::base {

// About what it costs to put a thread to sleep and to wake it: whoever polls for so long and then
// sleeps never waits twice as long as the better of the two would have taken.
inline constexpr std::chrono::microseconds kPoll{20};

inline void RelaxCore() noexcept {
#if defined(__SSE2__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Polls until `done()` or for `time`, whichever comes first; says whether it is done.
template <class Done>
bool PollFor(std::chrono::nanoseconds time, const Done& done) noexcept {
  constexpr int kTurns = 32;  // between two looks at the clock
  const auto end = std::chrono::steady_clock::now() + time;
  do {
    for (int turn = 0; turn < kTurns; ++turn) {
      if (done()) return true;
      RelaxCore();
    }
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

// Returns once `value` is `wanted`. Whoever makes it so must call value.notify_one() or
// notify_all() afterwards. Memory is ordered as by an acquiring load.
template <class T>
void WaitUntil(const std::atomic<T>& value, T wanted) noexcept {
  const auto done = [&] { return value.load(std::memory_order_acquire) == wanted; };
  if (done() || PollFor(kPoll, done)) return;
  for (T now = value.load(std::memory_order_acquire); now != wanted;
       now = value.load(std::memory_order_acquire)) {
    value.wait(now, std::memory_order_acquire);
  }
}

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_WAIT_H_
