// Every named operation of ops-inl.h on every target this CPU runs: what the target has and the
// default that other targets take, both against scalar code.
#include "kernels/target/targets.h"

#include "kernels/target/visit_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ops_test.cc"  // NOLINT(build/include)
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#ifndef LUTGEMM_TESTS_KERNELS_OPS_TEST_ONCE_
#define LUTGEMM_TESTS_KERNELS_OPS_TEST_ONCE_
// X(name, shift, call) for operations on up to four vectors of bytes a, b, c, d. `u` is a with
// bytes of at most 128; `sum` is c as 32-bit integers; `line` is b in memory.
#define LUTGEMM_EACH_OP(X)                                                          \
  X(DotBytes, 0, ops::DotBytes(di32, u, hn::BitCast(di8, b), sum))                  \
  X(DotAllBytes, 0, ops::DotAllBytes(di32, a, hn::BitCast(di8, b), sum))            \
  X(AddDotBytes, 0, (ops::AddDotBytes(di32, u, hn::BitCast(di8, b), sum), sum))     \
  X(AddDotBytesAt, 0, (ops::AddDotBytesAt(u, line, sum), sum))                      \
  X(AddWordPairs, 0, (ops::AddWordPairs(di32, LUTGEMM_TWO_SIGNED_WORDS, sum), sum)) \
  X(Lookup64, 0, ops::Lookup64(a, b))                                               \
  X(Lookup128, 0, ops::Lookup128(a, b, c))                                          \
  X(Lookup16Or0, 0, ops::Lookup16Or0(a, hn::And(b, hn::Set(du8, uint8_t{0x8f}))))   \
  X(TransposeBits, 0, ops::TransposeBits(a))                                        \
  X(SignsOf, 0, ops::SignsOf(a))                                                    \
  X(BytesAt, 0, (ops::BytesAt<0>(LUTGEMM_FOUR_INTEGERS)))                           \
  X(BytesAt, 4, (ops::BytesAt<4>(LUTGEMM_FOUR_INTEGERS)))                           \
  X(BytesAt, 6, (ops::BytesAt<6>(LUTGEMM_FOUR_INTEGERS)))                           \
  X(MaskedOr, 0, ops::MaskedOr(a, b, c))                                            \
  X(ShiftRightOfPairs, 0, (ops::ShiftRightOfPairs<0>(LUTGEMM_TWO_WORDS)))           \
  X(ShiftRightOfPairs, 5, (ops::ShiftRightOfPairs<5>(LUTGEMM_TWO_WORDS)))           \
  X(ShiftRightOfPairs, 14, (ops::ShiftRightOfPairs<14>(LUTGEMM_TWO_WORDS)))         \
  X(FiveBitsAt, 0, ops::FiveBitsAt(hn::BitCast(du16, a)))                           \
  X(KeepInRegister, 0, (ops::KeepInRegister(a), a))
#define LUTGEMM_FOUR_INTEGERS \
  hn::BitCast(di32, a), hn::BitCast(di32, b), hn::BitCast(di32, c), hn::BitCast(di32, d)
#define LUTGEMM_TWO_WORDS hn::BitCast(du16, a), hn::BitCast(du16, b)
#define LUTGEMM_TWO_SIGNED_WORDS hn::BitCast(di16, a), hn::BitCast(di16, b)
#endif  // LUTGEMM_TESTS_KERNELS_OPS_TEST_ONCE_

#if LUTGEMM_SIMD
#include "kernels/target/ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

size_t BytesOfVector() { return hn::Lanes(hn::CappedTag<uint8_t, 64>()); }

// in[4][count] to out[count]; count is a multiple of 64.
#define LUTGEMM_OP_LOOP(space, call)                                                       \
  {                                                                                        \
    namespace ops = space;                                                                 \
    const hn::CappedTag<uint8_t, 64> du8;                                                  \
    [[maybe_unused]] const hn::Repartition<int8_t, decltype(du8)> di8;                     \
    [[maybe_unused]] const hn::Repartition<uint16_t, decltype(du8)> du16;                  \
    [[maybe_unused]] const hn::Repartition<int16_t, decltype(du8)> di16;                   \
    const hn::Repartition<int32_t, decltype(du8)> di32;                                    \
    for (size_t i = 0; i < count; i += hn::Lanes(du8)) {                                   \
      auto a = hn::LoadU(du8, in + i), b = hn::LoadU(du8, in + count + i);                 \
      auto c = hn::LoadU(du8, in + 2 * count + i), d = hn::LoadU(du8, in + 3 * count + i); \
      [[maybe_unused]] const auto u = hn::Min(a, hn::Set(du8, uint8_t{128}));              \
      [[maybe_unused]] auto sum = hn::BitCast(di32, c);                                    \
      alignas(64) int8_t line[64];                                                         \
      hn::Store(hn::BitCast(di8, b), di8, line);                                           \
      (void)d;                                                                             \
      hn::StoreU(hn::BitCast(du8, call), du8, out + i);                                    \
    }                                                                                      \
  }
#define LUTGEMM_X(name, shift, call)                                                 \
  void name##shift(bool by_default, const uint8_t* in, size_t count, uint8_t* out) { \
    if (by_default) {                                                                \
      LUTGEMM_OP_LOOP(lutgemm::kernels::defaults::HWY_NAMESPACE, call)               \
    } else {                                                                         \
      LUTGEMM_OP_LOOP(lutgemm::kernels::HWY_NAMESPACE, call)                         \
    }                                                                                \
  }
LUTGEMM_EACH_OP(LUTGEMM_X)
#undef LUTGEMM_X
#undef LUTGEMM_OP_LOOP
constexpr void (*kRuns[])(bool, const uint8_t*, size_t, uint8_t*) = {
#define LUTGEMM_X(name, shift, call) name##shift,
    LUTGEMM_EACH_OP(LUTGEMM_X)
#undef LUTGEMM_X
};

void FuseAll(bool by_default, const float* a, const float* b, const float* c, size_t count,
             float* to) {
  const hn::CappedTag<float, 16> df;
  for (size_t i = 0; i < count; i += hn::Lanes(df)) {
    const auto x = hn::LoadU(df, a + i), y = hn::LoadU(df, b + i), z = hn::LoadU(df, c + i);
    hn::StoreU(by_default ? defaults::HWY_NAMESPACE::Fused(df, x, y, z) : Fused(df, x, y, z), df,
               to + i);
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD

#if HWY_ONCE
#include "support/random.h"

#include <doctest/doctest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

namespace lutgemm::kernels {
namespace {

using test::Random;

// Operations in the order of LUTGEMM_EACH_OP.
enum Op {
#define LUTGEMM_X(name, shift, call) k##name##shift,
  LUTGEMM_EACH_OP(LUTGEMM_X)
#undef LUTGEMM_X
      kOps
};
constexpr const char* kNames[] = {
#define LUTGEMM_X(name, shift, call) #name " " #shift,
    LUTGEMM_EACH_OP(LUTGEMM_X)
#undef LUTGEMM_X
};

struct Operations {
  int64_t target;
  const char* name;
  size_t (*vector_bytes)();
  void (*const* run)(bool, const uint8_t*, size_t, uint8_t*);
  void (*fuse)(bool, const float*, const float*, const float*, size_t, float*);
};
// Ends with an entry that is no target, for builds that have none.
constexpr Operations kOperations[] = {
#define LUTGEMM_OPERATIONS(target, space) \
  {target, #space, space::BytesOfVector, space::kRuns, space::FuseAll},
    LUTGEMM_VISIT_TARGETS(LUTGEMM_OPERATIONS)
#undef LUTGEMM_OPERATIONS
        {},
};

// Calls f with the operations of each target that this CPU runs, and whether to take defaults.
template <class F>
void ForEachTarget(F f) {
  for (const Operations& operations : kOperations) {
    if ((operations.target & hwy::SupportedTargets()) == 0) continue;
    CAPTURE(std::string(operations.name));
    for (bool by_default : {false, true}) {
      CAPTURE(by_default);
      f(operations, by_default);
    }
  }
}

// One vector of each operand.
struct Operands {
  const uint8_t *a, *b, *c, *d;
  size_t lanes;
};

template <class T>
T At(const uint8_t* bytes, size_t i) {
  T value;
  std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
  return value;
}

// Lane i / 4 of c plus its four products of bytes, of which byte i % 4; sums wrap.
uint8_t SumOfProducts(const Operands& in, size_t i, uint8_t most) {
  uint32_t sum = At<uint32_t>(in.c, i / 4);
  for (size_t j = i / 4 * 4; j < i / 4 * 4 + 4; ++j) {
    sum += static_cast<uint32_t>(std::min(in.a[j], most) * static_cast<int8_t>(in.b[j]));
  }
  return static_cast<uint8_t>(sum >> (i % 4 * 8));
}

// Lane i / 4 of c plus its two products of words, of which byte i % 4; sums wrap.
uint8_t SumOfWordProducts(const Operands& in, size_t i) {
  uint32_t sum = At<uint32_t>(in.c, i / 4);
  for (size_t j = i / 4 * 2; j < i / 4 * 2 + 2; ++j) {
    sum += static_cast<uint32_t>(At<int16_t>(in.a, j) * At<int16_t>(in.b, j));
  }
  return static_cast<uint8_t>(sum >> (i % 4 * 8));
}

uint8_t TransposedBits(const uint8_t* matrix, size_t row) {
  unsigned bits = 0;
  for (size_t i = 0; i < 8; ++i) bits |= (matrix[i] >> row & 1u) << (7 - i);
  return static_cast<uint8_t>(bits);
}

uint8_t ShiftedPair(const Operands& in, size_t i, int shift) {
  const uint32_t pair = At<uint16_t>(in.a, i / 2) | uint32_t{At<uint16_t>(in.b, i / 2)} << 16;
  return static_cast<uint8_t>(pair >> shift >> (i % 2 * 8));
}

// Byte i of an operation's result.
uint8_t Want(Op op, const Operands& in, size_t i) {
  const size_t entries = std::min<size_t>(in.lanes, 64);
  const auto middle = [&](int shift) {
    const uint8_t* of_byte[] = {in.a, in.b, in.c, in.d};
    return static_cast<uint8_t>(At<uint32_t>(of_byte[i % 4], i / 4) >> shift);
  };
  switch (op) {
    case kDotBytes0:
    case kAddDotBytes0:
    case kAddDotBytesAt0:
      return SumOfProducts(in, i, 128);
    case kDotAllBytes0:
      return SumOfProducts(in, i, 255);
    case kAddWordPairs0:
      return SumOfWordProducts(in, i);
    case kLookup640:
      return in.a[in.b[i] % entries];
    case kLookup1280:
      return (in.c[i] & entries ? in.b : in.a)[in.c[i] % entries];
    case kLookup16Or00:
      return in.b[i] & 128 ? 0 : in.a[i / 16 * 16 + in.b[i] % 16];
    case kTransposeBits0:
      return TransposedBits(in.a + i / 8 * 8, i % 8);
    case kSignsOf0:
      return in.a[i] & 128 ? 255 : 1;
    case kBytesAt0:
      return middle(0);
    case kBytesAt4:
      return middle(4);
    case kBytesAt6:
      return middle(6);
    case kMaskedOr0:
      return (in.a[i] & in.b[i]) | in.c[i];
    case kShiftRightOfPairs0:
      return ShiftedPair(in, i, 0);
    case kShiftRightOfPairs5:
      return ShiftedPair(in, i, 5);
    case kShiftRightOfPairs14:
      return ShiftedPair(in, i, 14);
    case kFiveBitsAt0:
      return static_cast<uint8_t>(At<uint32_t>(in.a, i / 4) >> (i % 2 * 16 + i % 4 / 2 * 5));
    case kKeepInRegister0:
      return in.a[i];
    case kOps:
      break;
  }
  return 0;
}

// Any byte, but every other vector has ends of ranges only.
std::vector<uint8_t> RandomBytes(size_t count) {
  Random random(9);
  std::vector<uint8_t> bytes(count);
  constexpr uint8_t kEnds[] = {0, 1, 15, 16, 63, 64, 127, 128, 129, 255};
  for (size_t i = 0; i < count; ++i) {
    const auto any = static_cast<uint8_t>(random.Below(256));
    bytes[i] = i / 64 % 2 != 0 ? kEnds[any % std::size(kEnds)] : any;
  }
  return bytes;
}

TEST_CASE("operations on bytes: a target's own and the default, on every target") {
  constexpr size_t kCount = 64 * 512;
  const std::vector<uint8_t> in = RandomBytes(4 * kCount);
  ForEachTarget([&](const Operations& operations, bool by_default) {
    const size_t lanes = operations.vector_bytes();
    for (size_t op = 0; op < kOps; ++op) {
      CAPTURE(std::string(kNames[op]));
      std::vector<uint8_t> got(kCount);
      operations.run[op](by_default, in.data(), kCount, got.data());
      for (size_t i = 0; i < kCount; ++i) {
        const uint8_t* vector = in.data() + i / lanes * lanes;
        const Operands operands{vector, vector + kCount, vector + 2 * kCount, vector + 3 * kCount,
                                lanes};
        const int want = Want(static_cast<Op>(op), operands, i % lanes);
        if (got[i] == want) continue;
        FAIL_CHECK("byte ", i, " is ", int{got[i]}, ", not ", want);
        break;
      }
    }
  });
}

TEST_CASE("products of bytes: every pair, in every place, on every target") {
  for (bool all : {false, true}) {
    const size_t most = all ? 256 : 129, count = most * 256 * 4;
    // The third operand is what the sums start from.
    std::vector<uint8_t> in(4 * count);
    Random random(7);
    for (size_t i = 0; i < count; ++i) {
      // Four neighbours have the pair in turn, the others the ends of their range or anything.
      const bool turn = i % 4 == i / 4 % 4, any = random.Below(3) != 0;
      in[i] = static_cast<uint8_t>(turn ? i / 4 % most : any ? random.Below(most) : most - 1);
      in[count + i] = static_cast<uint8_t>(turn  ? i / 4 / most % 256
                                           : any ? random.Below(256)
                                                 : 127 + random.Below(2));
    }
    ForEachTarget([&](const Operations& operations, bool by_default) {
      std::vector<uint8_t> got(count);
      operations.run[all ? kDotAllBytes0 : kDotBytes0](by_default, in.data(), count, got.data());
      for (size_t i = 0; i < count; i += 4) {
        int32_t want = 0;
        for (size_t b = i; b < i + 4; ++b) want += in[b] * static_cast<int8_t>(in[count + b]);
        const auto sum = At<int32_t>(got.data(), i / 4);
        if (sum != want) FAIL("sum ", i / 4, " is ", sum, ", not ", want);
      }
    });
  }
}

TEST_CASE("a fused multiplication and addition rounds once, on every target") {
  std::vector<float> special = {0.0f,      1.0f,     0x1.fffffep-1f, 0x1.000002p0f,   0x1p-126f,
                                0x1p-149f, 0x1p-75f, 3.0f,           0x1.fffffep127f, 0x1p64f,
                                HUGE_VALF, NAN};
  for (size_t i = special.size(); i-- > 0;) special.push_back(-special[i]);
  std::vector<float> a, b, c;
  for (float x : special) {
    for (float y : special) {
      for (float z : special) a.push_back(x), b.push_back(y), c.push_back(z);
    }
  }
  Random random(6);
  const auto any = [&] { return std::bit_cast<float>(static_cast<uint32_t>(random.Bits())); };
  while (a.size() < 100000 || a.size() % 64 != 0)
    a.push_back(any()), b.push_back(any()), c.push_back(any());
  ForEachTarget([&](const Operations& operations, bool by_default) {
    std::vector<float> got(a.size());
    operations.fuse(by_default, a.data(), b.data(), c.data(), got.size(), got.data());
    for (size_t i = 0; i < got.size(); ++i) {
      const float want = std::fma(a[i], b[i], c[i]);
      if (std::isnan(want) ? std::isnan(got[i])
                           : std::bit_cast<uint32_t>(got[i]) == std::bit_cast<uint32_t>(want)) {
        continue;
      }
      FAIL(a[i], " * ", b[i], " + ", c[i], " became ", got[i], ", not ", want);
    }
  });
}

}  // namespace
}  // namespace lutgemm::kernels
#endif  // HWY_ONCE
