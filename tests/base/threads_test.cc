#include <lutgemm/threads.hpp>

#include <doctest/doctest.h>

#include "base/cores.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace lutgemm {
namespace {

std::unique_ptr<Threads> MustMake(size_t count) {
  Result<std::unique_ptr<Threads>> pool = MakeThreads(count);
  REQUIRE(pool.ok());
  return std::move(*pool);
}

// Runs body(i) for every i.
template <class Body>
void ForEach(Threads& pool, size_t count, Body body) {
  pool.ParallelFor(
      count, [](void* context, size_t i) { (*static_cast<Body*>(context))(i); }, &body);
}

// Whether the pool runs every index exactly once.
bool RunsOnce(Threads& pool, size_t count) {
  std::vector<std::atomic<int>> runs(count);
  ForEach(pool, count, [&](size_t i) { ++runs[i]; });
  for (const std::atomic<int>& n : runs) {
    if (n != 1) return false;
  }
  return true;
}

TEST_CASE("every index runs exactly once, for any number of tasks and threads") {
  for (const size_t threads : {1, 2, 3, 16}) {
    const std::unique_ptr<Threads> pool = MustMake(threads);
    CHECK(pool->count() == threads);
    for (const size_t count : {0, 1, 2, 5, 31, 1000, 100003}) {
      CAPTURE(threads);
      CAPTURE(count);
      CHECK(RunsOnce(*pool, count));
    }
  }
}

TEST_CASE("loop after loop, with pauses that let workers sleep") {
  const std::unique_ptr<Threads> pool = MustMake(3);
  for (int round = 0; round < 3000; ++round) {
    REQUIRE(RunsOnce(*pool, static_cast<size_t>(round % 7)));
    if (round % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST_CASE("what tasks wrote is visible after the loop") {
  const std::unique_ptr<Threads> pool = MustMake(4);
  for (int round = 0; round < 20; ++round) {
    std::vector<size_t> squares(64);
    ForEach(*pool, squares.size(), [&](size_t i) { squares[i] = i * i; });
    for (size_t i = 0; i < squares.size(); ++i) REQUIRE(squares[i] == i * i);
  }
}

TEST_CASE("several threads share a pool") {
  const std::unique_ptr<Threads> pool = MustMake(3);
  std::atomic<bool> once = true;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        if (!RunsOnce(*pool, 20)) once = false;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(once);
}

TEST_CASE("a pool within its own task runs the inner loop on that thread") {
  const std::unique_ptr<Threads> pool = MustMake(3);
  std::atomic<int> inner = 0;
  ForEach(*pool, 8, [&](size_t) {
    const std::thread::id me = std::this_thread::get_id();
    ForEach(*pool, 5, [&](size_t) { inner += std::this_thread::get_id() == me; });
  });
  CHECK(inner == 40);
}

TEST_CASE("pools within tasks of each other do not wait for each other") {
  const std::unique_ptr<Threads> one = MustMake(2), two = MustMake(2);
  const auto crossed = [](Threads& outer, Threads& inner) {
    std::atomic<int> runs = 0;
    for (int round = 0; round < 50; ++round) {
      ForEach(outer, 4, [&](size_t) {
        ForEach(inner, 4, [&](size_t) { ForEach(outer, 2, [&](size_t) { ++runs; }); });
      });
    }
    return runs.load();
  };
  int first = 0, second = 0;
  std::thread other([&] { second = crossed(*two, *one); });
  first = crossed(*one, *two);
  other.join();
  CHECK(first == 50 * 32);
  CHECK(second == 50 * 32);
}

TEST_CASE("zero threads means one per usable core; absurd counts are refused") {
  CHECK(MustMake(0)->count() == base::UsableCores());
  Result<std::unique_ptr<Threads>> absurd = MakeThreads(100000);
  REQUIRE(!absurd.ok());
  CHECK(absurd.status().code() == Code::kBadArgument);
  CHECK(absurd.status().text().find("100000") != std::string::npos);
}

// Sanitizers reserve terabytes of addresses, and start no thread in a child of a process of
// several.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LUTGEMM_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LUTGEMM_SANITIZED 1
#endif
#endif

#if defined(__linux__) && !defined(LUTGEMM_SANITIZED)
// Runs `body` in a child process, which must end with true within ten seconds.
template <class Body>
bool InChild(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(10);
    _exit(body() ? 0 : 1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("where the system refuses threads a pool has fewer") {
  CHECK(InChild([] {
    // The stacks of some threads fit, those of 200 do not.
    const rlimit space{size_t{300} << 20, size_t{300} << 20};
    if (setrlimit(RLIMIT_AS, &space) != 0) return false;
    const Result<std::unique_ptr<Threads>> pool = MakeThreads(200);
    if (!pool.ok()) return pool.status().code() == Code::kOutOfMemory;
    return (*pool)->count() >= 1 && (*pool)->count() < 200 && RunsOnce(**pool, 1000);
  }));
}

TEST_CASE("where the system refuses every thread the caller does everything") {
  if (geteuid() != 0) {
    MESSAGE("skipped: only root may become a user who has threads already");
    return;
  }
  CHECK(InChild([] {
    const rlimit none{1, 1};
    if (setrlimit(RLIMIT_NPROC, &none) != 0 || setuid(65534) != 0) return false;
    const Result<std::unique_ptr<Threads>> pool = MakeThreads(8);
    return pool.ok() && (*pool)->count() == 1 && RunsOnce(**pool, 100);
  }));
}

TEST_CASE("a forked child uses, copies and frees its parent's pool") {
  std::unique_ptr<Threads> pool = MustMake(3);
  REQUIRE(RunsOnce(*pool, 50));
  CHECK(InChild([&] {
    bool good = pool->count() == 1 && RunsOnce(*pool, 50);
    Result<std::unique_ptr<Threads>> own = MakeThreads(2);
    good = good && own.ok() && (*own)->count() == 2 && RunsOnce(**own, 50);
    pool.reset();
    return good;
  }));
  CHECK(pool->count() == 3);
  CHECK(RunsOnce(*pool, 50));
}

TEST_CASE("a child that is forked within a task returns from the loop") {
  std::unique_ptr<Threads> pool = MustMake(3);
  const std::thread::id caller = std::this_thread::get_id();
  pid_t child = -1;
  std::atomic<bool> forked = false;
  for (int round = 0; child < 0 && round < 1000; ++round) {
    ForEach(*pool, 30, [&](size_t) {
      if (std::this_thread::get_id() == caller && !forked.exchange(true)) child = fork();
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    });
  }
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(20);
    _exit(RunsOnce(*pool, 50) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(RunsOnce(*pool, 50));
}

TEST_CASE("a child that is forked while another thread runs a loop") {
  std::unique_ptr<Threads> pool = MustMake(2);
  std::atomic<bool> running = false, end = false;
  std::thread other([&] {
    ForEach(*pool, 2, [&](size_t) {
      running = true;
      while (!end) std::this_thread::yield();
    });
  });
  while (!running) std::this_thread::yield();
  const bool good = InChild([&] { return RunsOnce(*pool, 50); });
  end = true;
  other.join();
  CHECK(good);
}

#endif

#if defined(__linux__)
TEST_CASE("usable cores follow the affinity mask") {
  cpu_set_t all;
  REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
  CHECK(base::UsableCores() <= static_cast<size_t>(CPU_COUNT(&all)));
  CHECK(base::UsableCoresQuick() == base::UsableCores());
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(base::UsableCores() == 1);
  CHECK(base::UsableCoresQuick() == 1);
  REQUIRE(sched_setaffinity(0, sizeof all, &all) == 0);
}
#endif

}  // namespace
}  // namespace lutgemm
