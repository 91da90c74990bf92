// lmma: rd[m,n] = sum over planes of 2^p * (+-table[m][entry]) + rc[m,n].
//
// The weights are keys of k bits per plane and output: bit 0 negates, the others choose the entry.
#ifndef LUTGEMM_MODEL_FUNC_EXEC_LMMA_H_
#define LUTGEMM_MODEL_FUNC_EXEC_LMMA_H_

#include "format/rounding.h"
#include "format/table.h"
#include "model/func/lanes.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lutgemm::model::func {

inline constexpr size_t kMaxKeys = 4 * 256;  // planes x outputs of one instruction

// Sizes and operands of one lmma.
struct LmmaShape {
  explicit LmmaShape(const isa::Instruction& i)
      : m(i.Size(isa::Field::kM)),
        n(i.Size(isa::Field::kN)),
        k(i.Size(isa::Field::kK)),
        planes(isa::PlanesOf(i.weight())),
        act(i.act()),
        acc(i.acc()),
        out(i.out()) {}
  size_t m, n, k;
  format::Planes planes;
  isa::ActType act;
  isa::SumType acc, out;
};

// All keys, [plane][n].
using Keys = std::array<uint8_t, kMaxKeys>;

inline void UnpackKeys(const std::byte* weights, const LmmaShape& s, Keys& keys) {
  const size_t count = s.planes.count * s.n;
  if (s.k == 4) {
    for (size_t j = 0; j < count; ++j) {
      const auto pair = static_cast<unsigned>(weights[j / 2]);
      keys[j] = static_cast<uint8_t>(j % 2 == 0 ? pair & 15u : pair >> 4);
    }
    return;
  }
  const unsigned mask = (1u << s.k) - 1;
  for (size_t j = 0; j < count; ++j) {
    const size_t bit = j * s.k;
    uint16_t word;
    std::memcpy(&word, weights + bit / 8, sizeof(word));
    keys[j] = static_cast<uint8_t>(word >> bit % 8 & mask);
  }
}

// The table with a value for every key, negated where the key says so.
template <class T>
using FullTable = std::array<T, 256>;

inline float Negated(float entry) { return -entry; }
// The least number has no negative: it stays, as in an adder of 32 bits.
inline int32_t Negated(int32_t entry) {
  return static_cast<int32_t>(0u - static_cast<uint32_t>(entry));
}

template <class T, class Load>
void ExpandTable(const LmmaShape& s, const Load& load, FullTable<T>& full) {
  for (size_t e = 0; e < isa::TableEntries(s.k); ++e) {
    const T entry = load(e);
    full[2 * e] = entry;
    full[2 * e + 1] = Negated(entry);
  }
}

inline int32_t LoadIntEntry(const std::byte* tables, isa::ActType type, size_t index) {
  if (type == isa::ActType::kI16) return LoadAs<int32_t>(tables, index);
  if (type == isa::ActType::kI8) return LoadAs<int16_t>(tables, index);
  return LoadAs<int8_t>(tables, index);
}

inline void StoreSum(std::byte* sums, isa::SumType type, size_t index, double value) {
  if (type == isa::SumType::kI32) return StoreAs(sums, index, static_cast<int32_t>(value));
  if (type == isa::SumType::kF32) return StoreF32(sums, index, static_cast<float>(value));
  StoreF16(sums, index, value);
}

inline float LoadFloatSum(const std::byte* sums, isa::SumType type, size_t index) {
  if (type == isa::SumType::kF32) return LoadAs<float>(sums, index);
  return format::F16ToF32(LoadAs<uint16_t>(sums, index));
}

// One row of outputs by integer entries; int32 sums wrap, as adders do.
inline void LookupInts(const LmmaShape& s, const FullTable<int32_t>& full, const Keys& keys,
                       std::array<uint32_t, 256>& sums) {
  for (size_t p = 0; p < s.planes.count; ++p) {
    const uint32_t multiplier = s.planes.multiplier[p];
    const uint8_t* key = &keys[p * s.n];
    for (size_t j = 0; j < s.n; ++j) {
      sums[j] += multiplier * static_cast<uint32_t>(full[key[j]]);
    }
  }
}

inline void RunIntegerRow(const LmmaShape& s, size_t row, const std::byte* tables, const Keys& keys,
                          const std::byte* rc, std::byte* rd) {
  FullTable<int32_t> full;
  ExpandTable(
      s, [&](size_t e) { return LoadIntEntry(tables, s.act, row * isa::TableEntries(s.k) + e); },
      full);
  std::array<uint32_t, 256> sums{};
  const bool scaled = s.acc == isa::SumType::kF32;
  if (!scaled) std::memcpy(sums.data(), rc + row * s.n * 4, s.n * 4);
  LookupInts(s, full, keys, sums);
  const double scale =
      scaled ? double{LoadAs<float>(tables + isa::TableScalesAt(s.m, s.k, s.act), row)} : 1.0;
  for (size_t j = 0; j < s.n; ++j) {
    const size_t at = row * s.n + j;
    const double sum = static_cast<int32_t>(sums[j]);
    if (!scaled) {
      StoreSum(rd, s.out, at, sum);
    } else {
      const auto acc = static_cast<float>(format::AddToOdd(LoadAs<float>(rc, at), scale * sum));
      StoreSum(rd, s.out, at, double{acc});
    }
  }
}

// An entry times 2^shift by adding to the exponent field, as the released RTL does it.
inline float ShiftedByExponent(uint16_t entry, bool negate, unsigned shift) {
  const unsigned exponent = ((entry >> 10 & 31u) + shift) & 31u;
  const unsigned bits =
      ((entry & 0x8000u) ^ (negate ? 0x8000u : 0u)) | exponent << 10 | (entry & 0x3ffu);
  return format::F16ToF32(static_cast<uint16_t>(bits));
}

inline double RoundAcc(double sum, isa::SumType acc) {
  if (acc == isa::SumType::kF32) return double{static_cast<float>(sum)};
  return double{format::F16ToF32(format::ToF16(sum))};
}

// One output of float entries, which are exact in double and so are the sums of their planes.
inline double ExactSum(const LmmaShape& s, const FullTable<float>& full, const uint8_t* key,
                       double c) {
  double sum = 0.0;
  for (size_t p = 0; p < s.planes.count; ++p) {
    sum += s.planes.multiplier[p] * double{full[key[p * s.n]]};
  }
  return RoundAcc(format::AddToOdd(c, sum), s.acc);
}

// c and the terms are f16 numbers times powers of two, or floats: a float addition rounds right,
// and rounding its result to f16 is as good as rounding once, as 24 bits are at least 2 * 11 + 2
// (Figueroa, "When is double rounding innocuous?").
inline float RoundedSum(float c, float term, isa::SumType acc) {
  return acc == isa::SumType::kF32 ? c + term : format::RoundedToF16(c + term);
}

// What the adder that flushes makes of an operand or result: signs stay.
inline float Flushed(float x, isa::SumType acc) {
  if (std::isnan(x)) return std::copysign(std::numeric_limits<float>::infinity(), x);
  const float least = acc == isa::SumType::kF32 ? 0x1p-126f : 0x1p-14f;
  return std::fabs(x) < least ? std::copysign(0.0f, x) : x;
}
// Sums below the normal range are exact, so that it is all one whether they are flushed before or
// after they are rounded.
inline float FlushedSum(float c, float term, isa::SumType acc) {
  c = Flushed(c, acc);
  term = Flushed(term, acc);
  if (std::isinf(c) && std::isinf(term) && c != term) {
    return std::numeric_limits<float>::infinity();
  }
  return Flushed(RoundedSum(c, term, acc), acc);
}

inline float RtlAdd(const State& state, float c, float term, isa::SumType acc) {
  return state.config.adder == Adder::kFlush ? FlushedSum(c, term, acc) : RoundedSum(c, term, acc);
}
inline float RtlSum(const State& state, const LmmaShape& s, const FullTable<float>& full,
                    const uint8_t* key, float c) {
  for (size_t p = 0; p < s.planes.count; ++p) {
    const float entry = full[key[p * s.n]];
    // A product with NaN may lose its sign, which the adder that flushes looks at.
    const float term =
        std::isnan(entry) ? entry : static_cast<float>(s.planes.multiplier[p]) * entry;
    c = RtlAdd(state, c, term, s.acc);
  }
  return c;
}
inline float QuirkSum(const State& state, const LmmaShape& s, const std::byte* table,
                      const uint8_t* key, float c) {
  for (size_t p = 0; p < s.planes.count; ++p) {
    const format::TableRead read = format::ReadOf(key[p * s.n], static_cast<unsigned>(s.k));
    const auto shift = static_cast<unsigned>(std::countr_zero(s.planes.multiplier[p]));
    const auto entry = LoadAs<uint16_t>(table, read.entry);
    c = RtlAdd(state, c, ShiftedByExponent(entry, read.negate, shift), s.acc);
  }
  return c;
}

inline void RunFloatRow(const State& state, const LmmaShape& s, size_t row, const std::byte* tables,
                        const Keys& keys, const std::byte* rc, std::byte* rd) {
  const std::byte* table = tables + row * isa::TableEntries(s.k) * sizeof(uint16_t);
  FullTable<float> full;
  ExpandTable(
      s, [&](size_t e) { return format::F16ToF32(LoadAs<uint16_t>(table, e)); }, full);
  const bool rtl = state.config.mode == Mode::kRtl;
  for (size_t j = 0; j < s.n; ++j) {
    const size_t at = row * s.n + j;
    const float c = LoadFloatSum(rc, s.acc, at);
    const double sum = !rtl                          ? ExactSum(s, full, &keys[j], double{c})
                       : state.config.exponent_quirk ? QuirkSum(state, s, table, &keys[j], c)
                                                     : RtlSum(state, s, full, &keys[j], c);
    StoreSum(rd, s.out, at, sum);
  }
}

inline Trap ExecLmma(State& state, const isa::Instruction& i) {
  const LmmaShape s(i);
  const Operand result{i[isa::Field::kRd], isa::SumsBytes(s.m, s.n, s.out)};
  const Operand tables{i[isa::Field::kRa], isa::TableBytes(s.m, s.k, s.act)};
  const Operand weights{i[isa::Field::kRw], isa::WeightBytes(s.n, s.k, i.weight())};
  const Operand sums{i[isa::Field::kRc], isa::SumsBytes(s.m, s.n, s.acc)};
  const std::array sources{tables, weights, sums};
  // Sums may be added to where they are only if outputs are as wide.
  const size_t in_place = isa::SumBytes(s.acc) == isa::SumBytes(s.out) ? 2 : sources.size();
  if (Trap t = CheckWithin(state, std::array{result, tables, weights, sums}); !t.ok()) return t;
  if (Trap t = CheckApart(result, sources, in_place); !t.ok()) return t;
  Keys keys;
  UnpackKeys(state.Register(weights.first), s, keys);
  const std::byte* ra = state.Register(tables.first);
  const std::byte* rc = state.Register(sums.first);
  std::byte* rd = state.Register(result.first);
  for (size_t row = 0; row < s.m; ++row) {
    if (isa::IsFloat(s.act)) {
      RunFloatRow(state, s, row, ra, keys, rc, rd);
    } else {
      RunIntegerRow(s, row, ra, keys, rc, rd);
    }
  }
  CountOperands(state, sources, std::array{result});
  state.counters.lookups += s.planes.count * s.m * s.n;
  state.counters.array_cycles += s.planes.count;
  return {};
}

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_EXEC_LMMA_H_
