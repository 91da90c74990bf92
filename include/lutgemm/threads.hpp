// How the library borrows threads. It never starts one that it was not asked for.
// Defined in src/base.
#ifndef LUTGEMM_THREADS_HPP_
#define LUTGEMM_THREADS_HPP_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <memory>

namespace lutgemm {

// Threads that a call of this library may share its work with. Engines may implement it over their
// own pool:
// - ParallelFor runs task(context, i) once for every i in [0, count) and returns when all are done:
//   in any order, on any threads, many at once or one after the other, on the calling thread too. A
//   task waits for others that have begun, never for one that has not.
// - Tasks begin no loop of their own, and set the floating-point mode that they need and restore
//   what they found.
// - The library calls ParallelFor on the thread that called it. Where several threads make calls
//   with one object at once, so may ParallelFor be called.
// - count() is how many threads are worth work: loops of products have at most so many indices.
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
