// The library's own thread pool. A loop is cut into pieces; every thread has a range of them, takes
// its own first (so that repeated loops find their data in the same core's cache) and then what is
// left of others'. A loop ends when its pieces are done, not when every thread has looked at it: a
// thread that the system does not run keeps nobody waiting.
#ifndef LUTGEMM_BASE_POOL_H_
#define LUTGEMM_BASE_POOL_H_

#include <lutgemm/threads.hpp>

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace lutgemm::base {

class Pool final : public Threads {
 public:
  // `count` threads, the calling one included; fewer where the system refuses one. Fails with
  // kOutOfMemory.
  static Result<std::unique_ptr<Threads>> Make(size_t count);
  // Joins its threads; a forked child, which has none of them, only forgets them.
  ~Pool() override;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  size_t count() const noexcept override;
  void ParallelFor(size_t count, void (*task)(void* context, size_t i),
                   void* context) noexcept override;

 private:
  // One thread's share of a loop; the first one's is the caller's.
  struct alignas(64) Share {
    std::atomic<uint32_t> pieces_left = 0;
    Pool* pool = nullptr;
    size_t index = 0;
    pthread_t thread{};
  };
  struct Loop {
    void (*task)(void* context, size_t i) = nullptr;
    void* context = nullptr;
    size_t count = 0;
    size_t pieces = 0;
  };

  explicit Pool(std::unique_ptr<Share[]> shares) noexcept : shares_(std::move(shares)) {}
  void Start(size_t count) noexcept;
  static void* Worker(void* share);
  void WaitForLoop(uint32_t seen) noexcept;
  void Wake(size_t threads) noexcept;
  bool Enter() noexcept;
  void Leave() noexcept;
  void Publish(const Loop& loop) noexcept;
  void Work(size_t index) noexcept;
  bool TakePiece(Share& share) noexcept;
  // Whether this is a child that was forked from the process which made the pool.
  bool forked() const noexcept;

  const std::unique_ptr<Share[]> shares_;
  size_t threads_ = 1;
  uint32_t forks_ = 0;                    // of this process's ancestors when the pool was made
  std::chrono::nanoseconds idle_poll_{};  // how long idle workers poll for the next loop
  Loop loop_;                             // written while no piece is left, read by who took one
  alignas(64) std::atomic<uint32_t> loops_ = 0;  // counts loops; idle workers wait for it
  std::atomic<uint32_t> sleeping_ = 0;           // workers that need a call to wake
  std::atomic<bool> stop_ = false;
  alignas(64) std::atomic<uint32_t> unfinished_ = 0;  // pieces of the loop
  alignas(64) std::atomic<uint32_t> busy_ = 0;        // 1 while a loop runs
};

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_POOL_H_
