#include "base/bits.h"

#include <doctest/doctest.h>

namespace lutgemm::base {
namespace {

constexpr size_t kMax = std::numeric_limits<size_t>::max();

TEST_CASE("division and rounding, also where a + b - 1 would overflow") {
  static_assert(CeilDiv(0, 5) == 0 && CeilDiv(1, 5) == 1 && CeilDiv(5, 5) == 1 &&
                CeilDiv(6, 5) == 2);
  CHECK(CeilDiv(kMax, 2) == kMax / 2 + 1);
  CHECK(CeilDiv(kMax, kMax) == 1);
  CHECK(RoundUp(65, 64) == 128);
  CHECK(RoundUp(64, 64) == 64);
}

TEST_CASE("alignment") {
  CHECK(IsAligned(uintptr_t{0}, 64));
  CHECK(IsAligned(uintptr_t{128}, 64));
  CHECK(!IsAligned(uintptr_t{96}, 64));
  alignas(64) const char bytes[64] = {};
  CHECK(IsAligned(static_cast<const void*>(bytes), 64));
  CHECK(!IsAligned(static_cast<const void*>(bytes + 1), 2));
}

TEST_CASE("checked arithmetic refuses what size_t cannot hold") {
  size_t out = 7;
  CHECK(CheckedMul(0, kMax, &out));
  CHECK(out == 0);
  CHECK(CheckedMul(kMax, 1, &out));
  CHECK(out == kMax);
  CHECK(!CheckedMul(kMax / 2 + 1, 2, &out));
  CHECK(out == kMax);  // untouched by failure
  CHECK(CheckedAdd(kMax - 1, 1, &out));
  CHECK(out == kMax);
  CHECK(!CheckedAdd(kMax, 1, &out));
}

}  // namespace
}  // namespace lutgemm::base
