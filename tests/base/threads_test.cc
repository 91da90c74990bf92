#include "base/cores.h"

#include <lutgemm/threads.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace lutgemm {
namespace {

TEST_CASE("every index runs exactly once, for any number of tasks and threads") {
  for (const size_t threads : {1, 2, 3}) {
    Result<std::unique_ptr<Threads>> pool = MakeThreads(threads);
    REQUIRE(pool.ok());
    CHECK((*pool)->count() == threads);
    for (const size_t count : {0, 1, 2, 5, 1000}) {
      CAPTURE(threads);
      CAPTURE(count);
      std::vector<std::atomic<int>> runs(count);
      const auto task = [](void* context, size_t i) {
        ++(*static_cast<std::vector<std::atomic<int>>*>(context))[i];
      };
      (*pool)->ParallelFor(count, task, &runs);
      bool once = true;
      for (const std::atomic<int>& n : runs) once &= n == 1;
      CHECK(once);
    }
  }
}

TEST_CASE("what tasks wrote is visible after the loop") {
  Result<std::unique_ptr<Threads>> pool = MakeThreads(4);
  REQUIRE(pool.ok());
  for (int round = 0; round < 20; ++round) {
    std::vector<size_t> squares(64);
    (*pool)->ParallelFor(
        squares.size(), [](void* c, size_t i) { static_cast<size_t*>(c)[i] = i * i; },
        squares.data());
    for (size_t i = 0; i < squares.size(); ++i) REQUIRE(squares[i] == i * i);
  }
}

TEST_CASE("zero threads means one per usable core; absurd counts are refused") {
  Result<std::unique_ptr<Threads>> pool = MakeThreads(0);
  REQUIRE(pool.ok());
  CHECK((*pool)->count() == base::UsableCores());
  Result<std::unique_ptr<Threads>> absurd = MakeThreads(100000);
  REQUIRE(!absurd.ok());
  CHECK(absurd.status().code() == Code::kBadArgument);
  CHECK(absurd.status().text().find("100000") != std::string::npos);
}

#if defined(__linux__)
TEST_CASE("usable cores follow the affinity mask") {
  cpu_set_t all;
  REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
  CHECK(base::UsableCores() == static_cast<size_t>(CPU_COUNT(&all)));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(base::UsableCores() == 1);
  REQUIRE(sched_setaffinity(0, sizeof all, &all) == 0);
}
#endif

}  // namespace
}  // namespace lutgemm
