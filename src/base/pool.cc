#include "base/pool.h"

#include "base/bits.h"
#include "base/cores.h"
#include "base/text.h"
#include "base/wait.h"

#include <algorithm>
#include <new>
#include <utility>

namespace lutgemm::base {
namespace {

// Idle workers poll as long as a caller may do other things between two products of a model, while
// nobody else wants their core, and then sleep: to wake one takes 20 us and more.
constexpr std::chrono::milliseconds kIdlePoll{2};
// Pieces of a long loop for every thread: the last one to end works on a small part of it.
constexpr size_t kPiecesPerThread = 32;

// Whether this thread is within a task of some pool. Such a thread must not wait for a busy pool,
// which may be waiting for this very task. Initial-exec: never allocated when it is first used.
[[gnu::tls_model("initial-exec")]] thread_local bool in_task = false;

// How often this process is the child of a fork, counted by fork itself.
std::atomic<uint32_t> forks = 0;
void CountFork() { forks.fetch_add(1, std::memory_order_relaxed); }

bool CountForks() noexcept {
  static std::atomic<bool> counted = false;
  // Two threads at once may register it twice, which counts a fork twice and does no harm.
  if (!counted.load()) counted = pthread_atfork(nullptr, nullptr, &CountFork) == 0;
  return counted;
}

void RunHere(size_t count, void (*task)(void* context, size_t i), void* context) noexcept {
  for (size_t i = 0; i < count; ++i) task(context, i);
}

// Where part i of `parts` equal parts of `count` begins.
size_t PartBegin(size_t count, size_t parts, size_t i) noexcept {
  return count / parts * i + std::min(i, count % parts);
}

}  // namespace

Result<std::unique_ptr<Threads>> Pool::Make(size_t count) {
  if (!CountForks()) return MakeStatus(Code::kOutOfMemory, "no memory for a thread pool");
  std::unique_ptr<Pool> pool(new Pool(std::make_unique<Share[]>(count)));
  pool->Start(count);
  return std::unique_ptr<Threads>(std::move(pool));
}

void Pool::Start(size_t count) noexcept {
  forks_ = forks.load(std::memory_order_relaxed);
  // Where threads outnumber cores, one that polls would only keep others from working.
  if (count <= UsableCores()) idle_poll_ = kIdlePoll;
  while (threads_ < count) {
    Share& share = shares_[threads_];
    share.pool = this;
    share.index = threads_;
    if (pthread_create(&share.thread, nullptr, &Worker, &share) != 0) break;
    ++threads_;
  }
}

Pool::~Pool() {
  if (forked()) return;
  stop_.store(true, std::memory_order_relaxed);
  loops_.fetch_add(1);
  loops_.notify_all();
  for (size_t i = 1; i < threads_; ++i) pthread_join(shares_[i].thread, nullptr);
}

bool Pool::forked() const noexcept { return forks.load(std::memory_order_relaxed) != forks_; }

size_t Pool::count() const noexcept { return forked() ? 1 : threads_; }

void Pool::ParallelFor(size_t count, void (*task)(void* context, size_t i),
                       void* context) noexcept {
  if (count <= 1 || threads_ == 1 || forked() || !Enter()) return RunHere(count, task, context);
  Publish({task, context, count, std::min(count, threads_ * kPiecesPerThread)});
  Work(0);
  // A task may have forked, and this be the child: the workers that had the other tasks are not
  // here.
  if (forked()) return;
  WaitUntil(unfinished_, 0u);
  Leave();
}

// Waits until no loop runs. A thread within a task does not wait, and gets false.
bool Pool::Enter() noexcept {
  while (busy_.exchange(1, std::memory_order_acquire) != 0) {
    if (in_task) return false;
    busy_.wait(1, std::memory_order_relaxed);
  }
  return true;
}

void Pool::Leave() noexcept {
  busy_.store(0, std::memory_order_release);
  busy_.notify_one();
}

void Pool::Publish(const Loop& loop) noexcept {
  loop_ = loop;
  unfinished_.store(static_cast<uint32_t>(loop.pieces), std::memory_order_relaxed);
  for (size_t i = 0; i < threads_; ++i) {
    const size_t pieces =
        PartBegin(loop.pieces, threads_, i + 1) - PartBegin(loop.pieces, threads_, i);
    shares_[i].pieces_left.store(static_cast<uint32_t>(pieces), std::memory_order_release);
  }
  loops_.fetch_add(1);
  Wake(loop.pieces - 1);
}

// Wakes so many sleeping workers, if there are. A worker announces its sleep before it looks at
// loops_ for the last time, so one of the two sees the other.
void Pool::Wake(size_t threads) noexcept {
  for (size_t n = std::min<size_t>(threads, sleeping_.load()); n > 0; --n) loops_.notify_one();
}

void* Pool::Worker(void* share) {
  const Share& own = *static_cast<Share*>(share);
  Pool& pool = *own.pool;
  for (uint32_t seen = 0;;) {
    pool.WaitForLoop(seen);
    seen = pool.loops_.load();
    if (pool.stop_.load(std::memory_order_relaxed)) return nullptr;
    pool.Work(own.index);
  }
}

void Pool::WaitForLoop(uint32_t seen) noexcept {
  const auto begun = [&] { return loops_.load(std::memory_order_relaxed) != seen; };
  if (begun() || PollFor(idle_poll_, begun)) return;
  sleeping_.fetch_add(1);
  loops_.wait(seen);
  sleeping_.fetch_sub(1);
}

// Runs pieces until none is left: the thread's own, then others'.
void Pool::Work(size_t index) noexcept {
  const bool nested = std::exchange(in_task, true);
  for (size_t i = 0; i < threads_; ++i) {
    Share& share = shares_[(index + i) % threads_];
    while (TakePiece(share)) {
    }
    if (unfinished_.load(std::memory_order_relaxed) == 0) break;
  }
  in_task = nested;
}

// Takes and runs a piece. Whoever takes one holds the loop open until it is done, so that loop_
// may be read only now.
bool Pool::TakePiece(Share& share) noexcept {
  uint32_t left = share.pieces_left.load(std::memory_order_relaxed);
  do {
    if (left == 0) return false;
  } while (!share.pieces_left.compare_exchange_weak(left, left - 1, std::memory_order_acquire,
                                                    std::memory_order_relaxed));
  const size_t piece =
      PartBegin(loop_.pieces, threads_, static_cast<size_t>(&share - &shares_[0]) + 1) - left;
  const size_t end = PartBegin(loop_.count, loop_.pieces, piece + 1);
  for (size_t i = PartBegin(loop_.count, loop_.pieces, piece); i < end; ++i) {
    loop_.task(loop_.context, i);
  }
  if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
  return true;
}

}  // namespace lutgemm::base
