#include "base/for_blocks.h"

#include <doctest/doctest.h>

namespace lutgemm::base {
namespace {

TEST_CASE("for blocks: each once, with threads and without") {
  const auto threads = MakeThreads(4);
  REQUIRE(threads.ok());
  for (Threads* some : {static_cast<Threads*>(nullptr), threads->get()}) {
    for (const size_t blocks : {0, 1, 2, 100}) {
      std::vector<int> runs(blocks);
      CHECK(ForBlocks(some, blocks, [&](size_t block) {
              ++runs[block];
              return Status();
            }).ok());
      CHECK(runs == std::vector<int>(blocks, 1));
    }
  }
}

TEST_CASE("for blocks: the first failure by number, and what is thrown") {
  const auto threads = MakeThreads(4);
  REQUIRE(threads.ok());
  for (Threads* some : {static_cast<Threads*>(nullptr), threads->get()}) {
    const Status failed = ForBlocks(some, 50, [](size_t block) -> Status {
      if (block == 30) throw std::bad_alloc();
      return block >= 20 ? MakeStatus(Code::kCorruptFile, block) : Status();
    });
    CHECK(failed.text() == "20");
    const Status thrown = ForBlocks(some, 3, [](size_t) -> Status { throw std::bad_alloc(); });
    CHECK(thrown.code() == Code::kOutOfMemory);
  }
}

}  // namespace
}  // namespace lutgemm::base
