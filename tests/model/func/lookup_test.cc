// lutgen, lmma and fold, one instruction at a time against scalar loops.
#include "format/table.h"
#include "model/func/exec/lutgen.h"
#include "model/func/kit.h"
#include "model/isa/encode.h"
#include "support/random.h"

#include <cmath>

using namespace lutgemm;
namespace func = lutgemm::model::func;
namespace isa = lutgemm::model::isa;
using namespace lutgemm::model::func;

namespace {

std::string ShapeText(size_t m, size_t n, size_t k) {
  return "m" + std::to_string(m) + "n" + std::to_string(n) + "k" + std::to_string(k);
}

void PutKey(Machine& machine, int reg, size_t index, size_t k, unsigned key) {
  std::byte* base = machine.state().Register(reg);
  for (size_t b = 0; b < k; ++b) {
    const size_t bit = index * k + b;
    const std::byte mask{static_cast<uint8_t>(1u << bit % 8)};
    if ((key >> b & 1u) != 0) base[bit / 8] |= mask;
  }
}

// Weights of random bits, as keys are stored; keys[plane * n + column] before the complement.
std::vector<unsigned> PutWeights(Machine& machine, int reg, const isa::Instruction& i,
                                 test::Random& random) {
  const size_t n = i.Size(isa::Field::kN), k = i.Size(isa::Field::kK);
  std::vector<unsigned> keys;
  for (size_t j = 0; j < isa::PlanesOf(i.weight()).count * n; ++j) {
    keys.push_back(static_cast<unsigned>(random.Below(size_t{1} << k)));
    PutKey(machine, reg, j, k, format::StoredKey(keys.back(), static_cast<unsigned>(k)));
  }
  return keys;
}

int SignedSum(const std::vector<int>& act, size_t row, size_t k, unsigned key) {
  int sum = 0;
  for (size_t j = 0; j < k; ++j) {
    sum += (key >> j & 1u) != 0 ? act[row * k + j] : -act[row * k + j];
  }
  return sum;
}

}  // namespace

TEST_CASE("lutgen and lmma: int8, every shape that a machine's registers hold") {
  test::Random random(21);
  size_t shapes = 0;
  for (size_t m = 1; m <= 16; m *= 2) {
    for (size_t n = 1; n <= 256; n *= 2) {
      for (size_t k = 1; k <= 8; ++k) {
        const std::string weight(isa::TypeNames(isa::Kind::kWeight)[shapes++ % 5]);
        if (isa::Registers(m * n * 4) > 96) continue;
        Machine machine(test::SmallConfig());
        std::vector<int> act;
        for (size_t j = 0; j < m * k; ++j) {
          act.push_back(random.Int(-128, 127));
          test::SetLane<int8_t>(machine, 130 + int(j / k), j % k, int8_t(act.back()));
        }
        for (size_t j = 0; j < m * n; ++j) test::SetLane<int32_t>(machine, 0, j, int(j) - 50);
        const auto words =
            test::MustAssemble("lutgen.m" + std::to_string(m) + "k" + std::to_string(k) +
                               ".i8.i8 r150, r130, r148, 0\nlmma." + ShapeText(m, n, k) + ".i8." +
                               weight + ".i32.i32 r0, r150, r200, r0\nhalt");
        const isa::Instruction lmma = *isa::Decode(words[1]);
        const auto keys = PutWeights(machine, 200, lmma, random);
        const Trap trap = machine.Run(words);
        REQUIRE_MESSAGE(trap.ok(), trap.text);
        const format::Planes planes = isa::PlanesOf(lmma.weight());
        bool equal = true;
        for (size_t j = 0; j < m * n; ++j) {
          int expected = int(j) - 50;
          for (size_t p = 0; p < planes.count; ++p) {
            expected += int(planes.multiplier[p]) * SignedSum(act, j / n, k, keys[p * n + j % n]);
          }
          equal = equal && test::Lane<int32_t>(machine, 0, j) == expected;
        }
        CAPTURE(ShapeText(m, n, k));
        CHECK(equal);
        for (size_t row = 0; row < m; ++row) {
          int sum = 0;
          for (size_t j = 0; j < k; ++j) sum += act[row * k + j];
          CHECK(test::Lane<int32_t>(machine, 148, row) == sum);
        }
        CHECK(machine.counters().lookups == planes.count * m * n);
        CHECK(machine.counters().array_cycles == planes.count);
      }
    }
  }
}

TEST_CASE("lutgen: additions of shared partial sums") {
  CHECK(TableAdds(4) == 12);
  CHECK(TableAdds(1) == 0);
  CHECK(TableAdds(2) == 2);
  CHECK(TableAdds(3) == 6);
  CHECK(TableAdds(8) == 128 + 24);
}

TEST_CASE("lutgen: the index-th activations, the sums added to what is there") {
  Machine machine(test::SmallConfig());
  const int8_t a[] = {3, -1, 4, 2};
  for (size_t j = 0; j < 4; ++j) test::SetLane(machine, 8, 12 + j, a[j]);
  test::SetLane<int32_t>(machine, 10, 0, 100);
  REQUIRE(test::RunText(machine, "lutgen.m1k4.i8.i8 r0, r8, r10, 3").ok());
  const int table[] = {-8, -10, 0, -2, -4, -6, 4, 2};
  for (size_t e = 0; e < 8; ++e) CHECK(test::Lane<int16_t>(machine, 0, e) == table[e]);
  CHECK(test::Lane<int32_t>(machine, 10, 0) == 108);
  CHECK(machine.counters().table_adds == 12);
}

TEST_CASE("lutgen: quantised tables carry their scale") {
  Machine machine(test::SmallConfig());
  const float a[] = {0.7f, -0.2f, 1.1f, 0.4f};
  float magnitude = 0;
  for (size_t j = 0; j < 4; ++j) {
    const uint16_t half = format::F32ToF16(a[j]);
    test::SetLane(machine, 8, j, half);
    magnitude += std::fabs(format::F16ToF32(half));
  }
  REQUIRE(test::RunText(machine, "lutgen.m1k4.f16.lut8 r0, r8, r10, 0").ok());
  CHECK(test::Lane<float>(machine, 0, 2) == doctest::Approx(magnitude / 127));
  CHECK(test::Lane<int8_t>(machine, 0, 1) == -127);  // the largest magnitude is always there
  CHECK(test::Lane<float>(machine, 10, 0) == doctest::Approx(2.0).epsilon(1e-3));
}

// Entries of one table, one output, two planes: r = c; r = RNE(r + e0); r = RNE(r + 2 e1).
TEST_CASE("lmma: rtl rounds after every plane, exact once") {
  for (const func::Mode mode : {func::Mode::kRtl, func::Mode::kExact}) {
    Config config = test::SmallConfig();
    config.mode = mode;
    Machine machine(config);
    // f16 numbers from 2048 to 4096 are 2 apart: 2048 + 1 is a tie and stays, 2048 + 1 + 2 is 2051,
    // a tie that goes to 2052.
    test::SetLane(machine, 0, 0, format::F32ToF16(2048.0f));
    test::SetLane(machine, 1, 0, format::F32ToF16(-1.0f));
    PutKey(machine, 2, 0, 1, 1);
    PutKey(machine, 2, 1, 1, 1);
    REQUIRE(test::RunText(machine, "lmma.m1n1k1.f16.i2.f16.f16 r0, r1, r2, r0").ok());
    const float sum = format::F16ToF32(test::Lane<uint16_t>(machine, 0, 0));
    CHECK(sum == (mode == func::Mode::kRtl ? 2050.0f : 2052.0f));
  }
}

TEST_CASE("lmma: the quirk adds to the exponent field") {
  Config config = test::SmallConfig();
  config.mode = func::Mode::kRtl;
  config.exponent_quirk = true;
  const auto sum_of = [&](uint16_t entry, unsigned key) {
    Machine machine(config);
    test::SetLane(machine, 1, 0, entry);
    PutKey(machine, 2, 1, 1, key);
    REQUIRE(test::RunText(machine, "lmma.m1n1k1.f16.i2.f32.f32 r0, r1, r2, r0").ok());
    return test::Lane<float>(machine, 0, 0);
  };
  // Plane 0 negates nothing, so it adds the entry; plane 1 adds what the quirk makes of 2 x entry.
  CHECK(sum_of(0, 0) == 0x1p-14f);                           // zero becomes 2^-14
  CHECK(sum_of(0, 1) == -0x1p-14f);                          // and keeps its sign
  CHECK(sum_of(1, 0) == 0x1p-24f + (0x1p-14f + 0x1p-24f));   // subnormal becomes normal
  CHECK(sum_of(format::F32ToF16(1.0f), 0) == 3.0f);          // normal entries are right
  CHECK(sum_of(format::F32ToF16(32768.0f), 0) == INFINITY);  // exponent 30 becomes 31
}

TEST_CASE("lmma: integer sums wrap, and convert to floats") {
  Machine machine(test::SmallConfig());
  test::SetLane<int32_t>(machine, 0, 0, INT32_MAX);
  test::SetLane<int16_t>(machine, 1, 0, -1);
  PutKey(machine, 2, 0, 1, 1);
  REQUIRE(test::RunText(machine,
                        "lmma.m1n1k1.i8.i1.i32.i32 r4, r1, r2, r0\n"
                        "lmma.m1n1k1.i8.i1.i32.f32 r5, r1, r2, r4\n"
                        "lmma.m1n1k1.i8.i1.i32.f16 r6, r1, r2, r7")
              .ok());
  CHECK(test::Lane<int32_t>(machine, 4, 0) == INT32_MIN);
  CHECK(test::Lane<float>(machine, 5, 0) == -2147483648.0f);
  CHECK(format::F16ToF32(test::Lane<uint16_t>(machine, 6, 0)) == 1.0f);
}

TEST_CASE("lmma: the least entry is its own negative") {
  Machine machine(test::SmallConfig());
  test::SetLane<int32_t>(machine, 1, 0, INT32_MIN);
  PutKey(machine, 2, 0, 1, 1);
  REQUIRE(test::RunText(machine, "lmma.m1n1k1.i16.i1.i32.i32 r4, r1, r2, r0").ok());
  CHECK(test::Lane<int32_t>(machine, 4, 0) == INT32_MIN);
}

TEST_CASE("extremes of every integer that an instruction reads") {
  Machine machine(test::SmallConfig());
  const int32_t ends[] = {INT32_MIN, INT32_MAX};
  for (const int32_t a : ends) {
    for (const int32_t b : ends) {
      for (const int32_t c : ends) {
        test::SetLane(machine, 0, 0, a);  // P
        test::SetLane(machine, 1, 0, b);  // center
        test::SetLane(machine, 2, 0, c);  // S
        test::SetLane(machine, 4, 0, a);
        REQUIRE(test::RunText(machine, "fold.m1n1.i1.i32.i32 r4, r0, r1, r2").ok());
        const auto product = int64_t{b} * c + int64_t{2} * a;
        const auto half = static_cast<uint32_t>(product >> 1);
        CHECK(test::Lane<uint32_t>(machine, 4, 0) == static_cast<uint32_t>(a) + half);
      }
    }
  }
  for (size_t j = 0; j < 8; ++j) test::SetLane<int16_t>(machine, 8, j, INT16_MIN);
  test::SetLane(machine, 10, 0, INT32_MIN);
  REQUIRE(test::RunText(machine, "lutgen.m1k8.i16.i16 r0, r8, r10, 0").ok());
  CHECK(test::Lane<int32_t>(machine, 0, 0) == 8 * 32768);
  CHECK(test::Lane<int32_t>(machine, 10, 0) == INT32_MAX - 8 * 32768 + 1);
}

TEST_CASE("row records: sums of one type are not taken as the other's") {
  const std::string lut8 = "lutgen.m1k4.i8.lut8 r0, r4, r8, 0\n";
  const std::string exact = "lutgen.m1k4.i8.i8 r0, r4, r8, 0\n";
  const std::string moved = "st r8, [s0], 12\n ld r9, [s0], 12\n";
  const std::string good[] = {lut8 + "fold.m1n1.i2.f32.f32 r20, r12, r24, r8",
                              exact + "fold.m1n1.i2.i32.f32 r20, r12, r24, r8", exact + exact};
  for (const std::string& text : good) {
    CAPTURE(text);
    Machine machine(test::SmallConfig());
    CHECK(test::RunText(machine, text).ok());
  }
  const std::string bad[] = {lut8 + "fold.m1n1.i2.i32.i32 r20, r12, r24, r8",
                             lut8 + "fold.m1n1.i2.i32.f32 r20, r12, r24, r8",
                             lut8 + moved + "fold.m1n1.i2.i32.i32 r20, r12, r24, r9",
                             exact + moved + "fold.m1n1.i2.f32.f32 r20, r12, r24, r9",
                             exact + "fold.m1n1.i2.f16.f32 r20, r12, r24, r8",
                             exact + "lutgen.m1k4.f16.f16 r0, r4, r8, 0",
                             lut8 + exact};
  for (const std::string& text : bad) {
    CAPTURE(text);
    Machine machine(test::SmallConfig());
    const Trap trap = test::RunText(machine, text);
    CHECK(Name(trap.kind) == "type");
    CHECK(trap.text.find("is needed") != std::string::npos);
  }
}

TEST_CASE("floats that are computed have one NaN") {
  for (const uint32_t nan : {0xff800001u, 0x7fffffffu, 0xffc12345u}) {
    Machine machine(test::SmallConfig());
    const auto half = static_cast<uint16_t>(nan >> 16 | 0x7c01u);
    for (int r : {8, 0}) test::SetLane(machine, r, 0, half);  // an activation, an entry
    test::SetLane(machine, 24, 0, nan);
    test::SetLane(machine, 10, 1, nan);  // a row scale
    REQUIRE(test::RunText(machine,
                          "lutgen.m1k1.f16.f16 r1, r8, r10, 0\n"
                          "lutgen.m1k1.f16.lut8 r2, r8, r11, 0\n"
                          "lmma.m1n1k1.f16.i1.f16.f16 r12, r0, r20, r21\n"
                          "lmma.m1n1k1.f16.i1.f32.f16 r13, r16, r20, r24\n"
                          "lmma.m1n1k1.lut8.i1.f32.f32 r14, r2, r20, r21\n"
                          "fold.m1n1.i1.f32.f32 r15, r21, r25, r10")
                .ok());
    CHECK(test::Lane<uint16_t>(machine, 1, 0) == kNanF16);
    CHECK(test::Lane<uint32_t>(machine, 10, 0) == kNanF32);
    CHECK(test::Lane<int8_t>(machine, 2, 0) == 0);
    CHECK(test::Lane<uint32_t>(machine, 2, 1) == kNanF32);
    CHECK(test::Lane<uint16_t>(machine, 12, 0) == kNanF16);
    CHECK(test::Lane<uint16_t>(machine, 13, 0) == kNanF16);
    CHECK(test::Lane<uint32_t>(machine, 14, 0) == kNanF32);
    CHECK(test::Lane<uint32_t>(machine, 15, 0) == kNanF32);
    CHECK(test::Lane<uint32_t>(machine, 24, 0) == nan);  // ld and the like move bits
  }
}

TEST_CASE("lutgen: where a lut8 scale is no number, entries are 0") {
  Machine machine(test::SmallConfig());
  const uint16_t acts[] = {0x3c00, 0x7c00, 0xbc00, 0x3c00};
  for (size_t j = 0; j < 4; ++j) test::SetLane(machine, 8, j, acts[j]);
  for (size_t e = 0; e < 8; ++e) test::SetLane<int8_t>(machine, 0, e, 99);
  REQUIRE(test::RunText(machine, "lutgen.m1k4.f16.lut8 r0, r8, r10, 0").ok());
  for (size_t e = 0; e < 8; ++e) CHECK(test::Lane<int8_t>(machine, 0, e) == 0);
  CHECK(test::Lane<float>(machine, 0, 2) == INFINITY);
}

TEST_CASE("fold: integers, scales, zero points") {
  Machine machine(test::SmallConfig());
  test::SetLane<int32_t>(machine, 0, 0, 7);    // P
  test::SetLane<int32_t>(machine, 1, 0, -3);   // center
  test::SetLane<float>(machine, 1, 1, 0.5f);   // scale
  test::SetLane<float>(machine, 1, 2, 0.25f);  // offset
  test::SetLane<int32_t>(machine, 2, 0, 9);    // S
  test::SetLane<float>(machine, 2, 1, 2.0f);   // row scale
  test::SetLane<int32_t>(machine, 4, 0, 100);
  test::SetLane<float>(machine, 5, 0, 1.0f);
  test::SetLane<float>(machine, 6, 0, 1.0f);
  REQUIRE(test::RunText(machine,
                        "fold.m1n1.i2.i32.i32 r4, r0, r1, r2\n"
                        "fold.m1n1.i2.i32.f32 r5, r0, r1, r2\n"
                        "fold.m1n1.i2.i32.f32.zero r6, r0, r1, r2\n"
                        "fold.m1n1.i1.i32.i32 r7, r0, r1, r3")
              .ok());
  CHECK(test::Lane<int32_t>(machine, 4, 0) == 100 + (7 - 27) / 2);
  CHECK(test::Lane<float>(machine, 5, 0) == 1.0f - 10.0f * (2.0f * 0.5f));
  CHECK(test::Lane<float>(machine, 6, 0) == 1.0f - 10.0f + (2.0f * 0.25f) * 9.0f);
  CHECK(test::Lane<int32_t>(machine, 7, 0) == 7);  // i1: the sum is the product
}

TEST_CASE("activations of 8 bits: all codes") {
  for (unsigned code = 0; code < 256; ++code) {
    const double sign = code < 128 ? 1.0 : -1.0;
    const int e4 = int(code >> 3 & 15), m3 = int(code & 7);
    const auto byte = std::byte(code);
    const double value = LoadActF64(&byte, isa::ActType::kF8e4m3, 0);
    if ((code & 127) == 127) {
      CHECK(std::isnan(value));
    } else {
      const double whole = e4 == 0 ? std::ldexp(m3, -9) : std::ldexp(8 + m3, e4 - 10);
      CHECK(value == sign * whole);
      CHECK(std::signbit(value) == (code >= 128));
    }
    const int e5 = int(code >> 2 & 31), m2 = int(code & 3);
    const double wide = LoadActF64(&byte, isa::ActType::kF8e5m2, 0);
    CHECK(std::signbit(wide) == (code >= 128));
    if (e5 == 31) {
      CHECK(std::isnan(wide) == (m2 != 0));
    } else {
      CHECK(wide == sign * (e5 == 0 ? std::ldexp(m2, -16) : std::ldexp(4 + m2, e5 - 17)));
    }
  }
}
