#include "base/huge_pages.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace lutgemm::base {
namespace {

TEST_CASE("advice on pages changes no byte and no error number, whatever the memory") {
  std::vector<uint8_t> memory(size_t{9} << 20, 7);
  errno = 5;
  for (const size_t begin : {size_t{0}, size_t{1}, size_t{4096}, size_t{3} << 20}) {
    for (const size_t bytes : {size_t{0}, size_t{100}, size_t{2} << 20, size_t{5} << 20}) {
      AdviseHugePages(memory.data() + begin, bytes);
    }
  }
  AdviseHugePages(nullptr, 0);
  CHECK(errno == 5);
  CHECK(std::ranges::all_of(memory, [](uint8_t byte) { return byte == 7; }));
}

TEST_CASE("room in large pages is room as ever") {
  std::vector<float> numbers;
  ReserveHuge(numbers, size_t{3} << 20);
  CHECK(numbers.capacity() >= size_t{3} << 20);
  numbers.resize(size_t{3} << 20);
  CHECK(std::ranges::all_of(numbers, [](float x) { return x == 0; }));
  std::vector<float> none;
  ReserveHuge(none, 0);
  CHECK(none.empty());
}

}  // namespace
}  // namespace lutgemm::base
