#include "base/huge_pages.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace lutgemm::base {
namespace {

TEST_CASE("huge pages: memory of any size and place stays as it is") {
  std::vector<uint8_t> memory(size_t{5} << 20, 7);
  PreferHugePages(nullptr, 0);
  for (const size_t at : {size_t{0}, size_t{1}, size_t{4096}, size_t{1} << 20}) {
    PreferHugePages(memory.data() + at, memory.size() - at);
    PreferHugePages(memory.data() + at, 100);
  }
  CHECK(std::ranges::all_of(memory, [](uint8_t byte) { return byte == 7; }));
}

TEST_CASE("huge pages: zeros") {
  for (const size_t count : {size_t{0}, size_t{1}, size_t{9} << 20}) {
    const std::vector<uint8_t> zeros = ZeroBytes(count);
    CHECK(zeros.size() == count);
    CHECK(std::ranges::all_of(zeros, [](uint8_t byte) { return byte == 0; }));
  }
}

}  // namespace
}  // namespace lutgemm::base
