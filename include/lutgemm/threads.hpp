// How the library borrows threads. It never starts one that it was not asked for.
#ifndef LUTGEMM_THREADS_HPP_
#define LUTGEMM_THREADS_HPP_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <memory>

namespace lutgemm {

// Runs task(context, i) for every i in [0, count), in any order, and returns when all are done.
// Engines may implement it over their own pool.
class LUTGEMM_API Threads {
 public:
  virtual ~Threads();
  virtual size_t count() const noexcept = 0;
  virtual void ParallelFor(size_t count, void (*task)(void* context, size_t i),
                           void* context) noexcept = 0;
};

// A pool of `count` threads, the calling one included; 0 = one per core that the process may use.
LUTGEMM_API Result<std::unique_ptr<Threads>> MakeThreads(size_t count) noexcept;

}  // namespace lutgemm

#endif  // LUTGEMM_THREADS_HPP_
