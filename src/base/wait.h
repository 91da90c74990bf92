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

// Polls until `done()`, for `time` at most, and no longer once another thread has been given this
// core meanwhile; says whether it is done.
template <class Done>
bool PollFor(std::chrono::nanoseconds time, const Done& done) noexcept {
  constexpr int kTurns = 32;  // between two looks at the clock, 1 or 2 us
  constexpr std::chrono::microseconds kTaken{50};
  const auto begin = std::chrono::steady_clock::now();
  for (auto last = begin, now = begin; now - begin < time && now - last < kTaken;) {
    for (int turn = 0; turn < kTurns; ++turn) {
      if (done()) return true;
      RelaxCore();
    }
    last = now;
    now = std::chrono::steady_clock::now();
  }
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
