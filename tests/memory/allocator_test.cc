// The allocator of this program fails as it is told to; without that no other test here means
// anything.
#include "support/replace_malloc.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

namespace lutgemm::test {
namespace {

TEST_CASE("the nth allocation fails, or all from it on, by whatever name") {
  bool got[4];
  FailFrom(1, false);
  for (bool& one : got) {
    void* memory = std::malloc(8);
    one = memory != nullptr;
    std::free(memory);
  }
  CHECK(StopFailing());
  CHECK((got[0] && !got[1] && got[2] && got[3]));

  FailFrom(0, true);
  const bool none = std::malloc(8) == nullptr && std::calloc(2, 8) == nullptr &&
                    std::aligned_alloc(64, 64) == nullptr &&
                    ::operator new(8, std::nothrow) == nullptr;
  bool thrown = false;
  try {
    ::operator delete(::operator new(8));
  } catch (const std::bad_alloc&) {
    thrown = true;
  }
  CHECK(StopFailing());
  CHECK(none);
  CHECK(thrown);

  FailFrom(5, true);
  CHECK(!StopFailing());
}

}  // namespace
}  // namespace lutgemm::test
