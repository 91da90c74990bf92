// How the library borrows threads. It never starts one that it was not asked for.
#ifndef LUTGEMM_THREADS_HPP_
#define LUTGEMM_THREADS_HPP_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <memory>

namespace lutgemm {

// Runs task(context, i) for every i in [0, count), in any order, and returns when all are done.
// Engines may implement it over their own pool. Its threads may have any floating-point mode. A
// task of this library's waits for others that have begun, never for one that has not.
class LUTGEMM_API Threads {
 public:
  virtual ~Threads();
  virtual size_t count() const noexcept = 0;
  virtual void ParallelFor(size_t count, void (*task)(void* context, size_t i),
                           void* context) noexcept = 0;
};

// A pool of `count` threads, the calling one included, at most 1024; 0 = one per core that the
// process may use, by its affinity mask and its control groups' CPU quotas. Where the system
// refuses a thread the pool has fewer: count() is how many there are. kBadArgument, kOutOfMemory.
//
// One loop at a time runs in a pool; another thread's waits for its end. A task may use any pool,
// its own as well: one that is at work leaves the inner loop to the calling thread. In a child of
// fork() there are none of the parent's threads: a pool made before has a count() of 1 there, does
// everything on the calling thread, and may be freed.
LUTGEMM_API Result<std::unique_ptr<Threads>> MakeThreads(size_t count) noexcept;

}  // namespace lutgemm

#endif  // LUTGEMM_THREADS_HPP_
