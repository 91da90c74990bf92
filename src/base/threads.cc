// The library's own thread pool, over pthreadpool.
#include "base/cores.h"
#include "base/text.h"

#include <pthreadpool.h>
#include <lutgemm/threads.hpp>

#include <atomic>
#include <cstdint>
#include <new>

namespace lutgemm {
namespace {

// The pool does not report threads that the system refuses to start, so absurd counts stop here.
constexpr size_t kMaxThreads = 1024;

#if defined(__SANITIZE_THREAD__)
#define LUTGEMM_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LUTGEMM_TSAN 1
#endif
#endif

#if defined(LUTGEMM_TSAN)
// The pool's library is not instrumented, so ThreadSanitizer cannot see that it orders the caller's
// work before every task and every task before the return. This says so to it, by two edges, so
// that no order between tasks is claimed that does not exist.
constinit std::atomic<size_t> loop_begun = 0;
constinit std::atomic<size_t> task_ended = 0;

struct VisibleTask {
  void (*task)(void* context, size_t i);
  void* context;

  static void Run(void* self, size_t i) {
    loop_begun.load(std::memory_order_acquire);
    static_cast<VisibleTask*>(self)->task(static_cast<VisibleTask*>(self)->context, i);
    task_ended.fetch_add(1, std::memory_order_release);
  }
};
#endif

class PoolThreads final : public Threads {
 public:
  // Idle workers spin, ready for the next loop; where threads outnumber cores they would only keep
  // the others from working.
  explicit PoolThreads(pthreadpool_t pool) noexcept
      : pool_(pool),
        flags_(pthreadpool_get_threads_count(pool) > base::UsableCores()
                   ? PTHREADPOOL_FLAG_YIELD_WORKERS
                   : 0) {}
  PoolThreads(const PoolThreads&) = delete;
  PoolThreads& operator=(const PoolThreads&) = delete;
  ~PoolThreads() override { pthreadpool_destroy(pool_); }

  size_t count() const noexcept override { return pthreadpool_get_threads_count(pool_); }

  void ParallelFor(size_t count, void (*task)(void* context, size_t i),
                   void* context) noexcept override {
    if (count == 1) return task(context, 0);
#if defined(LUTGEMM_TSAN)
    VisibleTask visible = {task, context};
    loop_begun.fetch_add(1, std::memory_order_release);
    pthreadpool_parallelize_1d(pool_, VisibleTask::Run, &visible, count, flags_);
    task_ended.load(std::memory_order_acquire);
#else
    pthreadpool_parallelize_1d(pool_, task, context, count, flags_);
#endif
  }

 private:
  pthreadpool_t pool_;
  uint32_t flags_;
};

}  // namespace

Threads::~Threads() = default;

Result<std::unique_ptr<Threads>> MakeThreads(size_t count) noexcept {
  if (count > kMaxThreads) {
    return base::MakeStatus(Code::kBadArgument, count, " threads asked for; at most ", kMaxThreads);
  }
  pthreadpool_t pool = pthreadpool_create(count != 0 ? count : base::UsableCores());
  if (pool == nullptr) return base::MakeStatus(Code::kOutOfMemory, "no memory for a thread pool");
  std::unique_ptr<Threads> threads(new (std::nothrow) PoolThreads(pool));
  if (threads == nullptr) {
    pthreadpool_destroy(pool);
    return base::MakeStatus(Code::kOutOfMemory, "no memory for a thread pool");
  }
  return threads;
}

}  // namespace lutgemm
