// The adder of mode rtl, IEEE and flushing, against sums of whole numbers: every f16 number is a
// multiple of 2^-24, so that sums are exact in 64 bits and nothing here is floating-point.
#include "model/func/kit.h"
#include "support/random.h"

using namespace lutgemm;
using namespace lutgemm::model::func;

namespace {

constexpr size_t kRows = 16, kColumns = 64;  // of one instruction
constexpr uint16_t kSign = 0x8000, kInfinity = 0x7c00;

struct Half {
  bool negative, infinite, nan;
  int64_t units;  // of 2^-24, signed

  explicit Half(uint16_t bits)
      : negative((bits & kSign) != 0),
        infinite((bits & 0x7fff) == kInfinity),
        nan((bits & 0x7fff) > kInfinity) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const int64_t magnitude = exponent == 0 ? fraction : int64_t{fraction + 1024} << (exponent - 1);
    units = negative ? -magnitude : magnitude;
  }
};

// The nearest f16 of a number of units that is not 0, ties to even.
uint16_t Rounded(int64_t units) {
  const unsigned sign = units < 0 ? kSign : 0u;
  uint64_t magnitude = static_cast<uint64_t>(units < 0 ? -units : units);
  unsigned shift = 0;
  while (magnitude >> shift >= 2048) ++shift;
  const uint64_t rest = magnitude & ((uint64_t{1} << shift) - 1), half = uint64_t{1} << shift >> 1;
  uint64_t steps = magnitude >> shift;
  if (shift > 0 && (rest > half || (rest == half && steps % 2 == 1))) ++steps;
  if (steps == 2048) {
    steps = 1024;
    ++shift;
  }
  if (steps < 1024) return static_cast<uint16_t>(sign | steps);  // subnormal, exact
  if (shift + 1 >= 31) return static_cast<uint16_t>(sign | kInfinity);
  return static_cast<uint16_t>(sign | (shift + 1) << 10 | (steps - 1024));
}

uint16_t SumOf(uint16_t a_bits, uint16_t b_bits) {
  const Half a(a_bits), b(b_bits);
  if (a.nan || b.nan) return kNanF16;
  if (a.infinite && b.infinite && a.negative != b.negative) return kNanF16;
  if (a.infinite) return a_bits;
  if (b.infinite) return b_bits;
  const int64_t sum = a.units + b.units;
  if (sum != 0) return Rounded(sum);
  return a.units == 0 && a.negative && b.negative ? kSign : 0;
}

uint16_t Flush(uint16_t bits) {
  if (Half(bits).nan) return static_cast<uint16_t>((bits & kSign) | kInfinity);
  return (bits & kInfinity) == 0 ? static_cast<uint16_t>(bits & kSign) : bits;
}
uint16_t FlushedSumOf(uint16_t a, uint16_t b) {
  a = Flush(a);
  b = Flush(b);
  if (Half(a).infinite && Half(b).infinite && a != b) return kInfinity;
  return Flush(SumOf(a, b));
}

// c + entry for kRows entries and kColumns sums, by one lmma.
class Adding {
 public:
  explicit Adding(Adder adder) : machine_(ConfigOf(adder)), adder_(adder) {}

  void Check(const std::vector<uint16_t>& entries, const std::vector<uint16_t>& sums) {
    for (size_t r = 0; r < kRows; ++r) {
      test::SetLane(machine_, 0, r, entries[r]);
      for (size_t c = 0; c < kColumns; ++c) test::SetLane(machine_, 32, r * kColumns + c, sums[c]);
    }
    const Trap trap = machine_.Run(words_);
    REQUIRE_MESSAGE(trap.ok(), trap.text);
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t c = 0; c < kColumns; ++c) {
        const uint16_t got = test::Lane<uint16_t>(machine_, 64, r * kColumns + c);
        const uint16_t expected = adder_ == Adder::kFlush ? FlushedSumOf(sums[c], entries[r])
                                                          : SumOf(sums[c], entries[r]);
        if (got == expected) continue;
        CAPTURE(entries[r]);
        CAPTURE(sums[c]);
        CHECK(got == expected);
      }
    }
  }

 private:
  static Config ConfigOf(Adder adder) {
    Config config = test::SmallConfig();
    config.mode = model::func::Mode::kRtl;
    config.adder = adder;
    return config;
  }

  Machine machine_;
  Adder adder_;
  const std::vector<uint64_t> words_ =
      test::MustAssemble("lmma.m16n64k1.f16.i1.f16.f16 r64, r0, r16, r32\nhalt");
};

// Around every border: zeros, subnormal and least normal numbers, ties, the largest, infinity, NaN.
const std::vector<uint16_t> kSpecial = {
    0x0000, 0x8000, 0x0001, 0x8001, 0x03ff, 0x83ff, 0x0400, 0x8400, 0x0401, 0x07ff, 0x3c00,
    0xbc00, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00, 0xfe00, 0x7c01, 0xffff, 0x7800, 0x4c00,
    0xcbff, 0x0800, 0x87fe, 0x3bff, 0x6400, 0x93ff, 0x7400, 0x8402, 0x5001, 0xd001};

}  // namespace

TEST_CASE("adders: every f16 number with special ones, and random pairs") {
  for (const Adder adder : {Adder::kIeee, Adder::kFlush}) {
    CAPTURE(static_cast<int>(adder));
    Adding adding(adder);
    for (size_t first = 0; first < kSpecial.size(); first += kRows) {
      const auto begin = kSpecial.begin() + static_cast<std::ptrdiff_t>(first);
      const std::vector<uint16_t> entries(begin, begin + kRows);
      for (unsigned code = 0; code < 65536; code += kColumns) {
        std::vector<uint16_t> sums;
        for (unsigned c = 0; c < kColumns; ++c) sums.push_back(static_cast<uint16_t>(code + c));
        adding.Check(entries, sums);
      }
    }
    test::Random random(77);
    for (int i = 0; i < 500; ++i) {
      std::vector<uint16_t> entries(kRows), sums(kColumns);
      for (uint16_t& e : entries) e = static_cast<uint16_t>(random.Below(65536));
      for (uint16_t& s : sums) s = static_cast<uint16_t>(random.Below(65536));
      adding.Check(entries, sums);
    }
  }
}

TEST_CASE("adders: sums of f32 flush below their own range, and conversions do not flush") {
  Config config = test::SmallConfig();
  config.mode = model::func::Mode::kRtl;
  config.adder = Adder::kFlush;
  const auto sum_of = [&](float c, uint16_t entry) {
    Machine machine(config);
    test::SetLane(machine, 0, 0, c);
    test::SetLane(machine, 1, 0, entry);
    REQUIRE(test::RunText(machine,
                          "lmma.m1n1k1.f16.i1.f32.f32 r4, r1, r2, r0\n"
                          "lmma.m1n1k1.f16.i1.f32.f16 r5, r1, r2, r0")
                .ok());
    return std::pair(test::Lane<float>(machine, 4, 0), test::Lane<uint16_t>(machine, 5, 0));
  };
  CHECK(sum_of(0.0f, 1) == std::pair(0x1p-24f, uint16_t{1}));  // normal in f32
  CHECK(sum_of(-0x1p-140f, 0) == std::pair(0.0f, uint16_t{0}));
  CHECK(sum_of(std::bit_cast<float>(0xffc00000u), 0).first == -INFINITY);
  CHECK(sum_of(-INFINITY, 0x7c00).first == INFINITY);
}
