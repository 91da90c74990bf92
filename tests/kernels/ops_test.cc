// Every named operation of ops-inl.h and convert-inl.h on every target this CPU runs, against
// scalar code: conversions exhaustively.
#include "kernels/target/targets.h"

#include "format/fp.h"
#include "kernels/registry.h"
#include "kernels/target/visit_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ops_test.cc"  // NOLINT(build/include)
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#if LUTGEMM_SIMD
#include "kernels/common/scales-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Counts are multiples of 64.
template <size_t kLanes>
void LoadAll(Elem elem, const void* from, size_t count, float* to) {
  const hn::CappedTag<float, kLanes> df;
  for (size_t i = 0; i < count; i += hn::Lanes(df)) {
    hn::StoreU(LoadAsF32(df, from, elem, i), df, to + i);
  }
}

void LoadPairs(Elem elem, const void* from, size_t count, float* to) {
  const hn::CappedTag<float, 16> df;
  for (size_t i = 0; i < count; i += 2 * hn::Lanes(df)) {
    auto first = hn::Zero(df), second = first;
    LoadTwoAsF32(df, from, elem, i, first, second);
    hn::StoreU(first, df, to + i);
    hn::StoreU(second, df, to + i + hn::Lanes(df));
  }
}

template <size_t kLanes>
void StoreAll(Elem elem, const float* from, size_t count, std::byte* to) {
  const hn::CappedTag<float, kLanes> df;
  for (size_t i = 0; i < count; i += hn::Lanes(df)) {
    StoreAs(df, hn::LoadU(df, from + i), elem, to + i * ElemBytes(elem));
  }
}

void FuseAll(const float* a, const float* b, const float* c, size_t count, float* to) {
  const hn::CappedTag<float, 16> df;
  for (size_t i = 0; i < count; i += hn::Lanes(df)) {
    hn::StoreU(Fused(df, hn::LoadU(df, a + i), hn::LoadU(df, b + i), hn::LoadU(df, c + i)), df,
               to + i);
  }
}

// sum[i] += the products of bytes 4 i to 4 i + 3; all: unsigned bytes may be above 128.
void DotAll(bool all, const uint8_t* u, const int8_t* w, size_t count, int32_t* sum) {
  const hn::CappedTag<int32_t, 16> di32;
  const hn::Repartition<uint8_t, decltype(di32)> du8;
  const hn::Repartition<int8_t, decltype(di32)> di8;
  for (size_t i = 0; i < count; i += hn::Lanes(du8)) {
    const auto before = hn::LoadU(di32, sum + i / 4);
    const auto bytes = hn::LoadU(du8, u + i);
    const auto weights = hn::LoadU(di8, w + i);
    const auto after =
        all ? DotAllBytes(di32, bytes, weights, before) : DotBytes(di32, bytes, weights, before);
    hn::StoreU(after, di32, sum + i / 4);
  }
}

// Entries of a table of 64 and of one of 128; false where the target has no such lookup.
bool LookUpAll(const uint8_t* table, const uint8_t* indices, uint8_t* of_64, uint8_t* of_128) {
#if LUTGEMM_WIDE_LOOKUP
  const hn::ScalableTag<uint8_t> du8;
  const auto low = hn::LoadU(du8, table), high = hn::LoadU(du8, table + 64);
  for (size_t i = 0; i < 256; i += 64) {
    const auto index = hn::LoadU(du8, indices + i);
    hn::StoreU(Lookup64(low, hn::And(index, hn::Set(du8, uint8_t{63}))), du8, of_64 + i);
    hn::StoreU(Lookup128(low, high, index), du8, of_128 + i);
  }
  return true;
#else
  (void)table, (void)indices, (void)of_64, (void)of_128;
  return false;
#endif
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // LUTGEMM_SIMD

#if HWY_ONCE
#include "support/random.h"

#include <doctest/doctest.h>
#include <hwy/targets.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace lutgemm::kernels {
namespace {

using test::Random;

struct Operations {
  int64_t target;
  const char* name;
  void (*load[3])(Elem, const void*, size_t, float*);
  void (*store[2])(Elem, const float*, size_t, std::byte*);
  void (*fuse)(const float*, const float*, const float*, size_t, float*);
  void (*dot)(bool, const uint8_t*, const int8_t*, size_t, int32_t*);
  bool (*look_up)(const uint8_t*, const uint8_t*, uint8_t*, uint8_t*);
};
// Ends with an entry that is no target, for builds that have none.
constexpr Operations kOperations[] = {
#define LUTGEMM_OPERATIONS(target, space)                     \
  {target,                                                    \
   #space,                                                    \
   {space::LoadAll<16>, space::LoadAll<4>, space::LoadPairs}, \
   {space::StoreAll<16>, space::StoreAll<4>},                 \
   space::FuseAll,                                            \
   space::DotAll,                                             \
   space::LookUpAll},
    LUTGEMM_VISIT_TARGETS(LUTGEMM_OPERATIONS)
#undef LUTGEMM_OPERATIONS
        {},
};

// Calls f with the operations of each target that this CPU runs.
template <class F>
void ForEachTarget(F f) {
  for (const Operations& operations : kOperations) {
    if ((operations.target & hwy::SupportedTargets()) == 0) continue;
    CAPTURE(std::string(operations.name));
    f(operations);
  }
}

// The same value; a NaN that becomes a float becomes a quiet one on most targets, with equal
// payload.
bool SameFloat(float a, float b) {
  constexpr uint32_t kQuiet = 0x400000;
  const auto x = std::bit_cast<uint32_t>(a), y = std::bit_cast<uint32_t>(b);
  return x == y || (std::isnan(a) && std::isnan(b) && (x | kQuiet) == (y | kQuiet));
}

void CheckFloats(std::span<const float> got, std::span<const float> want) {
  REQUIRE(got.size() == want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    if (SameFloat(got[i], want[i])) continue;
    FAIL("element ", i, " became ", got[i], ", not ", want[i]);
  }
}

// All values of a type, in the order of their bits.
std::vector<std::byte> AllBits(Elem elem) {
  const size_t bytes = ElemBytes(elem), count = size_t{1} << (8 * bytes);
  std::vector<std::byte> all(count * bytes);
  for (size_t i = 0; i < count; ++i) std::memcpy(&all[i * bytes], &i, bytes);
  return all;
}

std::vector<float> ScalarLoad(const std::vector<std::byte>& from, Elem elem) {
  std::vector<float> to(from.size() / ElemBytes(elem));
  for (size_t i = 0; i < to.size(); ++i) to[i] = format::LoadElem(from.data(), elem, i);
  return to;
}

std::vector<std::byte> ScalarStore(const std::vector<float>& from, Elem elem) {
  std::vector<std::byte> to(from.size() * ElemBytes(elem));
  for (size_t i = 0; i < from.size(); ++i) format::StoreElem(to.data(), elem, i, from[i]);
  return to;
}

// Where rounding to a 16-bit type changes: each of its values, what lies in the middle of two, the
// floats next to these; then NaN of every payload bit, the ends of f32, and random bits.
std::vector<float> Boundaries(Elem elem) {
  std::vector<float> values;
  const auto add = [&](uint32_t bits) {
    for (uint32_t near : {bits - 1, bits, bits + 1}) {
      values.push_back(std::bit_cast<float>(near));
      values.push_back(std::bit_cast<float>(near ^ 0x80000000u));
    }
  };
  const uint16_t infinity = elem == Elem::kF16 ? 0x7c00 : 0x7f80;
  for (uint16_t code = 0; code < infinity; ++code) {
    const float value = format::LoadElem(&code, elem, 0);
    const auto above = static_cast<uint16_t>(code + 1);
    // The value behind the largest would be 65536 in f16; in bf16 it is no f32.
    const float next = above < infinity ? format::LoadElem(&above, elem, 0) : 65536.0f;
    add(std::bit_cast<uint32_t>(value));
    add(elem == Elem::kF16 ? std::bit_cast<uint32_t>(value + (next - value) / 2)
                           : (uint32_t{code} << 16 | 0x8000u));
  }
  add(0x7f800000u), add(0x7f7fffffu), add(0x00800000u), add(1);
  for (uint32_t bit = 0; bit < 23; ++bit)
    add(0x7f800000u | 1u << bit), add(0x7fc00000u | 1u << bit);
  Random random(5);
  while (values.size() < 500000 || values.size() % 64 != 0) {
    values.push_back(std::bit_cast<float>(static_cast<uint32_t>(random.Bits())));
  }
  return values;
}

TEST_CASE("loading as f32: every value of every type, on every target") {
  for (Elem elem : {Elem::kF16, Elem::kBF16, Elem::kU8, Elem::kE8m0, Elem::kE4m3}) {
    CAPTURE(std::string(Name(elem)));
    const std::vector<std::byte> all = AllBits(elem);
    const std::vector<float> want = ScalarLoad(all, elem);
    ForEachTarget([&](const Operations& operations) {
      for (auto load : operations.load) {
        std::vector<float> got(want.size());
        load(elem, all.data(), got.size(), got.data());
        CheckFloats(got, want);
      }
    });
  }
}

TEST_CASE("storing f16 and bf16: every boundary of rounding, on every target") {
  for (Elem elem : {Elem::kF16, Elem::kBF16}) {
    CAPTURE(std::string(Name(elem)));
    const std::vector<float> values = Boundaries(elem);
    const std::vector<std::byte> want = ScalarStore(values, elem);
    ForEachTarget([&](const Operations& operations) {
      for (auto store : operations.store) {
        std::vector<std::byte> got(want.size());
        store(elem, values.data(), values.size(), got.data());
        for (size_t i = 0; i < values.size(); ++i) {
          if (std::memcmp(&got[i * 2], &want[i * 2], 2) != 0) FAIL("wrong for ", values[i]);
        }
      }
    });
  }
}

// As calls reach them: activations of a token, and outputs, on PORTABLE too.
TEST_CASE("activations and outputs of 16 bits convert like the scalar ones") {
  for (const TargetKernels* target : SupportedTargets()) {
    for (Elem elem : {Elem::kF16, Elem::kBF16}) {
      CAPTURE(std::string(target->name));
      CAPTURE(std::string(Name(elem)));
      const std::vector<std::byte> all = AllBits(elem);
      std::vector<float> loaded(all.size() / 2);
      PrepArgs prep;
      prep.act = all.data();
      prep.elem = elem;
      prep.k = loaded.size();
      target->produce(prep, loaded.data());
      CheckFloats(loaded, ScalarLoad(all, elem));

      const std::vector<float> values = Boundaries(elem);
      std::vector<std::byte> stored(values.size() * 2);
      StoreArgs store;
      store.acc = values.data();
      store.tokens = values.size() / kAccUnit;
      store.count = kAccUnit;
      store.elem = elem;
      store.out = stored.data();
      store.out_stride = kAccUnit * 2;
      target->store(store);
      CHECK(stored == ScalarStore(values, elem));
    }
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
  ForEachTarget([&](const Operations& operations) {
    std::vector<float> got(a.size());
    operations.fuse(a.data(), b.data(), c.data(), got.size(), got.data());
    for (size_t i = 0; i < got.size(); ++i) {
      const float want = std::fma(a[i], b[i], c[i]);
      if (std::isnan(want) ? std::isnan(got[i]) : SameFloat(got[i], want)) continue;
      FAIL(a[i], " * ", b[i], " + ", c[i], " became ", got[i], ", not ", want);
    }
  });
}

TEST_CASE("products of bytes: every pair, in every place, on every target") {
  for (bool all : {false, true}) {
    const size_t most = all ? 256 : 129;
    std::vector<uint8_t> u;
    std::vector<int8_t> w;
    Random random(7);
    for (size_t i = 0; i < most * 256 * 4; ++i) {
      // Four neighbours have the pair in turn, the others the ends of their range or anything.
      const bool turn = i % 4 == i / 4 % 4;
      const size_t end = random.Below(3);
      u.push_back(static_cast<uint8_t>(turn       ? i / 4 % most
                                       : end == 0 ? most - 1
                                                  : random.Below(most)));
      w.push_back(static_cast<int8_t>(turn       ? random.Int(-128, 127)
                                      : end == 0 ? (random.Below(2) ? 127 : -128)
                                                 : random.Int(-128, 127)));
      if (turn) w.back() = static_cast<int8_t>(static_cast<int>(i / 4 / most % 256) - 128);
    }
    ForEachTarget([&](const Operations& operations) {
      std::vector<int32_t> got(u.size() / 4, -7);
      operations.dot(all, u.data(), w.data(), u.size(), got.data());
      for (size_t i = 0; i < got.size(); ++i) {
        int32_t want = -7;
        for (size_t b = 4 * i; b < 4 * i + 4; ++b) want += int32_t{u[b]} * w[b];
        if (got[i] != want) FAIL("sum ", i, " is ", got[i], ", not ", want);
      }
    });
  }
}

TEST_CASE("wide lookups: every index; bit 7 counts for nothing") {
  Random random(8);
  uint8_t table[128], indices[256];
  for (uint8_t& entry : table) entry = static_cast<uint8_t>(random.Below(256));
  for (size_t i = 0; i < 256; ++i) indices[i] = static_cast<uint8_t>(i);
  ForEachTarget([&](const Operations& operations) {
    uint8_t of_64[256], of_128[256];
    if (!operations.look_up(table, indices, of_64, of_128)) return;
    for (size_t i = 0; i < 256; ++i) {
      CHECK(of_64[i] == table[i % 64]);
      CHECK(of_128[i] == table[i % 128]);
    }
  });
}

}  // namespace
}  // namespace lutgemm::kernels
#endif  // HWY_ONCE
