// What each of the threads of a call does: even shares of its units and items.
#ifndef LUTGEMM_PLAN_SHARES_H_
#define LUTGEMM_PLAN_SHARES_H_

#include "base/float_mode.h"
#include "base/text.h"
#include "plan/check_problem.h"

#include <algorithm>
#include <cstddef>

namespace lutgemm::plan {

// What a thread must have to do for its help to be worth its waking: products of 2 or 3 us, and
// packing of about as much.
inline constexpr double kThreadProducts = size_t{1} << 18;
inline constexpr double kThreadElements = size_t{1} << 14;

// A caller's thread: number ith of nth.
struct Slice {
  size_t ith = 0, nth = 1;
};

inline Status CheckSlice(const Problem& problem, Slice slice) {
  if (slice.nth >= 1 && slice.nth <= problem.threads && slice.ith < slice.nth) return {};
  return {Code::kBadArgument, base::Cat("slice ", slice.ith, " of ", slice.nth, " in a plan for ",
                                        problem.threads, " thread(s)")};
}

struct Share {
  size_t begin, end;
};
inline Share ShareOf(size_t count, Slice slice) {
  return {count * slice.ith / slice.nth, count * (slice.ith + 1) / slice.nth};
}

// Threads of a call, no more than have something to do: `work` is what there is in units of what
// one must have.
inline size_t ThreadsFor(const Threads* threads, const Request& request, double work) {
  if (threads == nullptr) return 1;
  const size_t most = std::min(threads->count(), request.problem.threads);
  return std::max<size_t>(1, static_cast<size_t>(std::min(work, double(most))));
}

// Calls share(slice) for each of `count` slices on the caller's threads.
template <class ShareFn>
void ForSlices(Threads* threads, size_t count, const ShareFn& share) {
  if (count == 1) return share(Slice{});
  struct Loop {
    const ShareFn& share;
    size_t count;
  } loop{share, count};
  const auto task = [](void* context, size_t i) {
    const base::FloatMode mode;
    const Loop& l = *static_cast<Loop*>(context);
    l.share(Slice{i, l.count});
  };
  threads->ParallelFor(count, task, &loop);
}

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_SHARES_H_
