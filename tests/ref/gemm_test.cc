// The oracle itself: products worked out by hand, and its parts against each other.
#include "ref/gemm.h"

#include <doctest/doctest.h>

#include <vector>

#include "support/case.h"

namespace lutgemm::ref {
namespace {

// 2 x 5, two groups of 4 and 1.
QuantizedMatrix Small(ZeroKind zero) {
  QuantizedMatrix m;
  m.info = {WeightFormat::kInt2, zero, Elem::kF32, 2, 5, 4};
  m.codes = {0, 1, 2, 3, 3,  //
             3, 3, 0, 0, 1};
  m.scales = {1, 10, 0.5f, 2};
  if (zero == ZeroKind::kInteger) m.zeros = {1, 0, 3, 5};
  if (zero == ZeroKind::kFloat) m.offsets = {0.25f, -1, 0, 3};
  return m;
}
const std::vector<float> kAct = {1, 2, 3, 4, 5,  //
                                 0, 0, 0, 0, -1};

TEST_CASE("in double, by hand") {
  // Symmetric: row 0 is -2 -1 0 1 | 10, row 1 is 0.5 0.5 -1 -1 | -2.
  CHECK(GemmF64(Small(ZeroKind::kNone), kAct, 2) == std::vector<double>{50, 1.5 - 7 - 10, -10, 2});
  // Integer zeros: -1 0 1 2 | 30 and 0 0 -1.5 -1.5 | -8.
  CHECK(GemmF64(Small(ZeroKind::kInteger), kAct, 2) ==
        std::vector<double>{160, -10.5 - 40, -30, 8});
  // Offsets: 0.25 1.25 2.25 3.25 | 29 and 1.5 1.5 0 0 | 5.
  CHECK(GemmF64(Small(ZeroKind::kFloat), kAct, 2) ==
        std::vector<double>{0.25 + 2.5 + 6.75 + 13 + 145, 4.5 + 25, -29, -5});
  const float bias[] = {100, -100};
  CHECK(GemmF64(Small(ZeroKind::kNone), kAct, 2, bias) ==
        std::vector<double>{150, -115.5, 90, -98});
}

TEST_CASE("magnitudes, by hand") {
  CHECK(GemmMagnitudes(Small(ZeroKind::kNone), kAct, 2) ==
        std::vector<double>{2 + 2 + 4 + 50, 1.5 + 7 + 10, 10, 2});
}

TEST_CASE("integers, by hand") {
  const std::vector<int8_t> act = {1,    2, 3, 4,   5,  //
                                   -128, 0, 0, 127, -1};
  CHECK(GemmInteger(Small(ZeroKind::kNone), act, 2) ==
        std::vector<int64_t>{-2 - 2 + 4 + 5, 1 + 2 - 6 - 8 - 5, 256 + 127 - 1, -128 - 254 + 1});
  CHECK(GemmInteger(Small(ZeroKind::kInteger), act, 2) ==
        std::vector<int64_t>{-1 + 3 + 8 + 15, -9 - 12 - 20, 128 + 254 - 3, -381 + 4});
  CHECK(GemmInteger(Small(ZeroKind::kFloat), act, 2) ==
        std::vector<int64_t>{2 + 6 + 12 + 15, 3 + 6 + 5, 381 - 3, -384 - 1});
}

TEST_CASE("int1 and ternary, by hand") {
  QuantizedMatrix m;
  m.info = {WeightFormat::kInt1, ZeroKind::kNone, Elem::kF32, 1, 3, kWholeTensor};
  m.codes = {0, 1, 1};
  m.scales = {2};
  const std::vector<int8_t> act = {10, 20, 40};
  CHECK(GemmInteger(m, act, 1) == std::vector<int64_t>{50});
  CHECK(GemmF64(m, std::vector<float>{10, 20, 40}, 1) == std::vector<double>{100});
  m.info.format = WeightFormat::kTernary;
  m.codes = {2, 1, 0};
  CHECK(GemmInteger(m, act, 1) == std::vector<int64_t>{-30});
  CHECK(GemmF64(m, std::vector<float>{10, 20, 40}, 1) == std::vector<double>{-60});
}

TEST_CASE("with one scale the double product is the scale times the integer product") {
  test::Random random(41);
  for (const WeightFormat format : {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                                    WeightFormat::kInt4, WeightFormat::kTernary}) {
    QuantizedMatrix m =
        test::RandomMatrix({format, ZeroKind::kNone, Elem::kF32, 7, 93, kWholeTensor}, random);
    m.scales = {0.125f};
    const std::vector<int8_t> act = random.Int8s(3 * 93);
    const std::vector<float> floats(act.begin(), act.end());
    const std::vector<double> product = GemmF64(m, floats, 3);
    const std::vector<int64_t> integers = GemmInteger(m, act, 3);
    for (size_t i = 0; i < product.size(); ++i) {
      CHECK(product[i] == 0.125 * static_cast<double>(integers[i]));
    }
  }
}

TEST_CASE("sums beyond 32 bits stay exact") {
  const size_t k = kMaxK;
  QuantizedMatrix m;
  m.info = {WeightFormat::kInt4, ZeroKind::kNone, Elem::kF32, 1, k, kWholeRow};
  m.codes.assign(k, 0);
  m.scales = {1};
  CHECK(GemmInteger(m, std::vector<int8_t>(k, -128), 1) ==
        std::vector<int64_t>{int64_t{8} * 128 * (1 << 24)});
}

TEST_CASE("codebooks: selectors, unit and factors of rows, by hand") {
  QuantizedMatrix m;
  m.info = {WeightFormat::kBitmod4, ZeroKind::kNone, Elem::kU8, 2, 5, 4};
  m.codes = {0, 1, 8, 15, 8,  //
             7, 8, 2, 9,  8};
  m.scales = {1, 10, 3, 2};
  m.factors = {0.25f, 2};
  m.selectors = {0, 3, 1, 2};
  m.book = FixedCodebook(WeightFormat::kBitmod4);
  REQUIRE(Validate(m).ok());
  // In half units: row 0 is 0 1 10 -12 | -16 with ER+ and EA-, row 1 is 12 -10 2 -1 | 16.
  const std::vector<int8_t> act = {1, 2, 3, 4, 5};
  CHECK(GemmInteger(m, act, 1) == std::vector<int64_t>{2 + 30 - 48 - 80, 12 - 20 + 6 - 4 + 80});
  const std::vector<float> real = {1, 2, 3, 4, 5};
  CHECK(GemmF64(m, real, 1) == std::vector<double>{(-16 - 800) * 0.125, (-6 * 3 + 160) * 1.0});
}

TEST_CASE("BFP and a factor of the tensor, by hand") {
  QuantizedMatrix bfp;
  bfp.info = {WeightFormat::kBfp6, ZeroKind::kNone, Elem::kE8m0, 1, 3, 16};
  bfp.codes = {32 + 31, 0, 32 - 1};
  bfp.scales = {4};  // E = 2, one step is 2^-2
  REQUIRE(Validate(bfp).ok());
  CHECK(GemmF64(bfp, std::vector<float>{1, 1, 2}, 1) == std::vector<double>{7.75 - 8 - 0.5});
  QuantizedMatrix nvfp4;
  nvfp4.info = {WeightFormat::kNvfp4, ZeroKind::kNone, Elem::kE4m3, 1, 17, 16};
  nvfp4.codes.assign(17, 0);
  nvfp4.codes[0] = 7;
  nvfp4.codes[16] = 9;
  nvfp4.scales = {448, 0.5f};
  nvfp4.factors = {0.25f};
  nvfp4.book = FixedCodebook(WeightFormat::kNvfp4);
  REQUIRE(Validate(nvfp4).ok());
  CHECK(GemmF64(nvfp4, std::vector<float>(17, 1.0f), 1) ==
        std::vector<double>{6 * 448 * 0.25 - 0.5 * 0.5 * 0.25});
}

}  // namespace
}  // namespace lutgemm::ref
