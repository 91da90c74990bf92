// A loop over independent items on borrowed threads.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_PARALLEL_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_PARALLEL_HPP_

#include <lutgemm/threads.hpp>

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

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_PARALLEL_HPP_
