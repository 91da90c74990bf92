#include "format/stored.h"

#include "support/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace lutgemm::format {
namespace {

constexpr Elem kElems[] = {Elem::kF32,  Elem::kF16, Elem::kBF16, Elem::kE8m0,
                           Elem::kE4m3, Elem::kU8,  Elem::kI8};

bool Expected(float x, Elem elem) { return std::isfinite(x) && RoundToElem(x, elem) == x; }

void Check(float x) {
  for (const Elem elem : kElems) {
    CAPTURE(Name(elem));
    CAPTURE(x);
    CHECK(AllStored({&x, 1}, elem) == Expected(x, elem));
  }
}

TEST_CASE("what each type holds exactly, around every border") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float base :
       {0.0f, 1.0f, 127.0f, 128.0f, 255.0f, 256.0f, 65504.0f, 65536.0f, 0x1p-14f, 0x1p-24f,
        0x1p-25f, 448.0f, 0x1p-9f, 0x1p-133f, 0x1p-126f, 0x1p-149f, 0x1.fep127f, 0x1p23f, 0.5f}) {
    for (const float x : {base, std::nextafter(base, infinity), std::nextafter(base, -infinity),
                          base + 0.5f, base * 1.5f, base * 0x1.ffcp-1f}) {
      Check(x);
      Check(-x);
    }
  }
  Check(infinity);
  Check(-infinity);
  Check(std::numeric_limits<float>::quiet_NaN());
}

TEST_CASE("every f16 and bf16, and random floats") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float half = F16ToF32(static_cast<uint16_t>(bits));
    const float brain = Bf16ToF32(static_cast<uint16_t>(bits));
    REQUIRE(AllStored({&half, 1}, Elem::kF16) == std::isfinite(half));
    REQUIRE(AllStored({&brain, 1}, Elem::kBF16) == std::isfinite(brain));
    REQUIRE(AllStored({&brain, 1}, Elem::kF16) == Expected(brain, Elem::kF16));
  }
  test::Random random(1);
  for (int i = 0; i < 100000; ++i) {
    const auto x = std::bit_cast<float>(static_cast<uint32_t>(random.Bits()) & 0xfffff000u);
    REQUIRE(AllStored({&x, 1}, Elem::kF16) == Expected(x, Elem::kF16));
  }
}

TEST_CASE("one number among many") {
  std::vector<float> numbers(5000, 0.25f);
  CHECK(AllStored(numbers, Elem::kF16));
  CHECK(AllStored({}, Elem::kF16));
  for (const size_t at : {size_t{0}, size_t{1023}, size_t{1024}, size_t{4999}}) {
    std::vector<float> other = numbers;
    other[at] = 0.1f;
    CHECK_FALSE(AllStored(other, Elem::kF16));
    CHECK(AllStored(other, Elem::kF32));
  }
}

}  // namespace
}  // namespace lutgemm::format
