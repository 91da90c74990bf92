// A loop over independent items on borrowed threads.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_PARALLEL_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_PARALLEL_HPP_

#include <lutgemm/threads.hpp>

#include <algorithm>
#include <cstddef>

namespace tiny_lm {

// Calls task(i) for every i in [0, count): on the threads, or here where there are none.
template <class Task>
void ForEach(lutgemm::Threads* threads, size_t count, Task task) {
  if (threads == nullptr || count < 2) {
    for (size_t i = 0; i < count; ++i) task(i);
    return;
  }
  threads->ParallelFor(
      count, [](void* context, size_t i) { (*static_cast<Task*>(context))(i); }, &task);
}

// How many threads a product of `macs` multiply-adds is worth: waking one takes microseconds.
inline size_t UsefulThreads(const lutgemm::Threads* threads, size_t macs) {
  constexpr size_t kMacsPerThread = size_t{1} << 19;
  return std::clamp<size_t>(macs / kMacsPerThread, 1, threads == nullptr ? 1 : threads->count());
}

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_PARALLEL_HPP_
