// Every conversion of scales-inl.h on every target this CPU runs, against scalar code,
// exhaustively.
#include "kernels/target/targets.h"

#include "format/fp.h"
#include "kernels/registry.h"
#include "kernels/target/visit_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/convert_test.cc"  // NOLINT(build/include)
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

struct Conversions {
  int64_t target;
  const char* name;
  void (*load[3])(Elem, const void*, size_t, float*);
  void (*store[2])(Elem, const float*, size_t, std::byte*);
};
// Ends with an entry that is no target, for builds that have none.
constexpr Conversions kConversions[] = {
#define LUTGEMM_CONVERSIONS(target, space)                    \
  {target,                                                    \
   #space,                                                    \
   {space::LoadAll<16>, space::LoadAll<4>, space::LoadPairs}, \
   {space::StoreAll<16>, space::StoreAll<4>}},
    LUTGEMM_VISIT_TARGETS(LUTGEMM_CONVERSIONS)
#undef LUTGEMM_CONVERSIONS
        {},
};

// Calls f with the conversions of each target that this CPU runs.
template <class F>
void ForEachTarget(F f) {
  for (const Conversions& conversions : kConversions) {
    if ((conversions.target & hwy::SupportedTargets()) == 0) continue;
    CAPTURE(std::string(conversions.name));
    f(conversions);
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
    ForEachTarget([&](const Conversions& conversions) {
      for (auto load : conversions.load) {
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
    ForEachTarget([&](const Conversions& conversions) {
      for (auto store : conversions.store) {
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
      PackActArgs prep;
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

}  // namespace
}  // namespace lutgemm::kernels
#endif  // HWY_ONCE
