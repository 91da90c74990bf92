#include "base/huge_pages.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

namespace lutgemm::base {
namespace {

TEST_CASE("huge pages: memory of any size and place stays as it is") {
  std::vector<uint8_t> memory(size_t{5} << 20, 7);
  AdviseHugePages(nullptr, 0);
  for (const size_t at : {size_t{0}, size_t{1}, size_t{4096}, size_t{1} << 20}) {
    AdviseHugePages(memory.data() + at, memory.size() - at);
    AdviseHugePages(memory.data() + at, 100);
  }
  CHECK(std::ranges::all_of(memory, [](uint8_t byte) { return byte == 7; }));
}

TEST_CASE("huge pages: room in a vector") {
  for (const size_t count : {size_t{0}, size_t{1}, size_t{3} << 20}) {
    std::vector<float> numbers;
    ReserveHuge(numbers, count);
    CHECK(numbers.empty());
    CHECK(numbers.capacity() >= count);
    numbers.resize(count);
    CHECK(std::ranges::all_of(numbers, [](float number) { return number == 0; }));
  }
}

}  // namespace
}  // namespace lutgemm::base
