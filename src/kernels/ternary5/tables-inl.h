// From five activations in 16-bit integers to tables of 128 entries: the sums of all combinations
// of a quint's trits, less those that are negatives of others.
//
// Ternary5Tables(five, tables, entry...) puts entry(sums), made 8 bits, to a table for each
// `entry`, one behind the other; it reads one integer behind the five.

#include "kernels/common/pack_act.h"
#include "kernels/target/ops-inl.h"

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Of the integers that become entries.
using Ternary5SumTag = hn::CappedTag<int16_t, 32>;

#if LUTGEMM_TABLE_ENTRIES >= 64

// The sums of a quint's first two trits (nine) and last three (27), a 32-bit lane each, are made by
// products of pairs; words of both are then looked up for each of the 128 positions.
struct Ternary5Sources {
  // Digits of two activations for each lane; the third pair is the last activation and nothing.
  alignas(64) int16_t high[32];
  alignas(64) int16_t low[2][32];
  alignas(64) int16_t last[2][32];
  // Where each position's words lie, in the order in which vectors of positions are packed.
  alignas(64) uint16_t high_at[4][32];
  alignas(64) uint16_t low_at[4][32];
};
static constexpr Ternary5Sources kTernary5Sources = [] {
  Ternary5Sources sources{};
  for (int h = 0; h < 9; ++h) {
    sources.high[2 * h] = static_cast<int16_t>(h / 3 - 1);
    sources.high[2 * h + 1] = static_cast<int16_t>(h % 3 - 1);
  }
  for (int l = 0; l < 27; ++l) {
    sources.low[l / 16][l % 16 * 2] = static_cast<int16_t>(l / 9 - 1);
    sources.low[l / 16][l % 16 * 2 + 1] = static_cast<int16_t>(l / 3 % 3 - 1);
    sources.last[l / 16][l % 16 * 2] = static_cast<int16_t>(l % 3 - 1);
  }
  for (size_t p = 0; p < 128; ++p) {
    // Packing takes eight lanes of one vector and eight of the next in turn.
    const size_t vector = p / 64 * 2 + p / 8 % 2, lane = p % 64 / 16 * 8 + p % 8;
    const size_t l = kTritEntries.low[p];
    sources.high_at[vector][lane] = static_cast<uint16_t>(2 * kTritEntries.high[p]);
    sources.low_at[vector][lane] = static_cast<uint16_t>(l % 16 / 4 * 8 + l / 16 * 4 + l % 4);
  }
  return sources;
}();

// Sums of positions' vector number v, out of those of the first trits and of the last.
template <class VI16>
HWY_INLINE VI16 Ternary5SumsOf(VI16 high, VI16 low, size_t v) {
  const Ternary5SumTag di16;
  const auto h = hn::SetTableIndices(di16, kTernary5Sources.high_at[v]);
  const auto l = hn::SetTableIndices(di16, kTernary5Sources.low_at[v]);
  return hn::Add(hn::TableLookupLanes(high, h), hn::TableLookupLanes(low, l));
}

template <class... Entry>
HWY_INLINE void Ternary5Tables(const int16_t* five, uint8_t* HWY_RESTRICT tables, Entry... entry) {
  const Ternary5SumTag di16;
  const hn::Repartition<int32_t, Ternary5SumTag> di32;
  const hn::Repartition<uint8_t, Ternary5SumTag> du8;
  const auto pair = [&](size_t i) HWY_ATTR {
    int32_t two;
    std::memcpy(&two, five + i, sizeof(two));
    return hn::BitCast(di16, hn::Set(di32, two));
  };
  const auto products = [&](size_t i, const int16_t* digits) HWY_ATTR {
    return hn::WidenMulPairwiseAdd(di32, pair(i), hn::Load(di16, digits));
  };
  const auto low_half = [&](size_t half) HWY_ATTR {
    return hn::Add(products(2, kTernary5Sources.low[half]),
                   products(4, kTernary5Sources.last[half]));
  };
  const auto high = hn::BitCast(di16, products(0, kTernary5Sources.high));
  const auto low = hn::ReorderDemote2To(di16, low_half(0), low_half(1));
  for (size_t p = 0; p < 128; p += 64) {
    const auto first = Ternary5SumsOf(high, low, p / 32),
               second = Ternary5SumsOf(high, low, p / 32 + 1);
    uint8_t* table = tables + p;
    ((hn::Store(hn::ReorderDemote2To(du8, entry(first), entry(second)), du8, table),
      table += kTernary5Table),
     ...);
  }
}

#else

// Digits minus one of the last three trits of a quint.
alignas(64) static constexpr int16_t kLowDigits[3][32] = {
    {-1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {-1, -1, -1, 0, 0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1},
    {-1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1}};

// A position is a quint's magnitude plus how many positions below it are unused: magnitudes from
// kTernary5Runs[i] on have i of them.
static constexpr std::array<size_t, 7> kTernary5Runs = [] {
  std::array<size_t, 7> runs{};
  for (unsigned v = 121; v != 0; --v) runs[layout::TritPosition(v) - v] = v;
  runs[0] = 0;
  return runs;
}();

template <class... Entry>
HWY_INLINE void Ternary5Tables(const int16_t* five, uint8_t* HWY_RESTRICT tables, Entry... entry) {
  const Ternary5SumTag di16;
  const hn::Rebind<uint8_t, Ternary5SumTag> du8;
  const size_t lanes = hn::Lanes(di16);
  // Sums of the last three; then the sum of magnitude v at v + 13, which is 27 h + l less 108.
  alignas(64) int16_t low[32], sums[27 * 5 + 32], positions[128 + 32];
  for (size_t i = 0; i < 32; i += lanes) {
    const auto term = [&](size_t j) HWY_ATTR {
      return hn::Mul(hn::Set(di16, five[2 + j]), hn::Load(di16, kLowDigits[j] + i));
    };
    hn::Store(hn::Add(hn::Add(term(0), term(1)), term(2)), di16, low + i);
  }
  for (int h = 4; h < 9; ++h) {
    const int sum = (h / 3 - 1) * five[0] + (h % 3 - 1) * five[1];
    const auto high = hn::Set(di16, static_cast<int16_t>(sum));
    for (size_t i = 0; i < 32; i += lanes) {
      hn::StoreU(hn::Add(hn::Load(di16, low + i), high), di16,
                 sums + 27 * (h - 4) + static_cast<int>(i));
    }
  }
  for (size_t run = 0; run < kTernary5Runs.size(); ++run) {
    const size_t v = kTernary5Runs[run];
    for (size_t i = 0; i < 32; i += lanes) {
      hn::StoreU(hn::LoadU(di16, sums + 13 + v + i), di16, positions + v + run + i);
    }
  }
  for (size_t p = 0; p < 128; p += lanes) {
    const auto of_positions = hn::Load(di16, positions + p);
    uint8_t* table = tables + p;
    ((hn::StoreU(hn::DemoteTo(du8, entry(of_positions)), du8, table), table += kTernary5Table),
     ...);
  }
}

#endif  // LUTGEMM_TABLE_ENTRIES >= 64

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
