// Mode fast through tables, step by step as docs/numerics.md has it.
#include "base/bits.h"
#include "format/planes.h"
#include "quant/groups.h"
#include "ref/blocks.h"
#include "ref/modes.h"
#include "ref/steps.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lutgemm::ref {
namespace {

// One row's weights of a block.
struct RowBlock {
  const QuantizedMatrix& w;
  size_t row;
  const Block& block;

  // k counts in the block. Past its end bits of codes are 0, and so are ternary digits.
  unsigned Bits(size_t k) const {
    return InBlock(k) ? format::PlaneBits(w.info.format, Code(k)) : 0u;
  }
  int Digit(size_t k) const {
    return InBlock(k) ? format::IntegerValue(WeightFormat::kTernary, Code(k), 0) : 0;
  }
  // Where the group's s_w, z and c are.
  size_t scale_index() const { return quant::ScaleIndex(w.info, row, block.group); }

 private:
  bool InBlock(size_t k) const { return block.begin + k < block.end; }
  unsigned Code(size_t k) const { return w.codes[row * w.info.k + block.begin + k]; }
};

// A block's activations: s_a with its inverse, and f_k in groups of one lookup each.
struct TableActs {
  Scale scale;
  std::vector<int> fixed;  // past the end of the block 0
  size_t length;           // of a group

  size_t groups() const { return fixed.size() / length; }
  std::span<const int> Group(size_t group) const {
    return std::span(fixed).subspan(group * length, length);
  }
};

// Step 1: f_k = rint((a_k * inverse) * 64), six fraction bits.
TableActs FixedActs(std::span<const float> act, size_t length) {
  TableActs acts{ScaleOf(Magnitude(act, length)), {}, length};
  acts.fixed.resize(base::RoundUp(act.size(), length));
  if (acts.scale.inverse == 0.0f) return acts;
  for (size_t k = 0; k < act.size(); ++k) {
    acts.fixed[k] = static_cast<int>(std::nearbyint((act[k] * acts.scale.inverse) * 64.0f));
  }
  return acts;
}

constexpr int FloorOf64ths(int sum) { return sum >> 6; }

// Step 2 of lut4 and lut5: T = floor((+-f0 +- f1 ... + f_last + h) / 64), plus where b_i = 1, if
// b_last = 1; otherwise the negative of the entry of the opposite bits. Bit i of `b` is b_i.
int PlaneEntry(std::span<const int> f, unsigned b, int h) {
  const bool last = (b >> (f.size() - 1) & 1u) != 0;
  if (!last) return -PlaneEntry(f, ~b, h);
  int sum = 0;
  for (size_t i = 0; i < f.size(); ++i) sum += (b >> i & 1u) != 0 ? f[i] : -f[i];
  return FloorOf64ths(sum + h);
}

// Step 3: P = sum of m_p * T over the block. h is 32 in every even group and 31 in every odd one.
int64_t SumOfEntries(const RowBlock& weights, const TableActs& acts) {
  const format::Planes planes = format::PlanesOf(weights.w.info.format);
  int64_t sum = 0;
  for (size_t group = 0; group < acts.groups(); ++group) {
    const int h = group % 2 == 0 ? 32 : 31;
    for (unsigned p = 0; p < planes.count; ++p) {
      unsigned b = 0;
      for (size_t i = 0; i < acts.length; ++i) {
        b |= (weights.Bits(group * acts.length + i) >> p & 1u) << i;
      }
      sum += int64_t{planes.multiplier[p]} * PlaneEntry(acts.Group(group), b, h);
    }
  }
  return sum;
}

// B = 2^bits - 1 - 2z; with float zeros 2^bits - 1. 0 for int1 and ternary.
int CenterOf(const RowBlock& weights) {
  const WeightInfo& info = weights.w.info;
  unsigned zero = 0;
  if (info.zero == ZeroKind::kInteger) zero = weights.w.zeros[weights.scale_index()];
  if (info.zero == ZeroKind::kNone) zero = format::NoneZero(info.format);
  return format::Center(info.format, zero);
}

// Step 4: value = fma(float(P), s_a * h, B * (A * 1/2)), with h = 1 for int1 and 1/2 for all
// others.
float ValueOf(const RowBlock& weights, int64_t sum, float s_a, float half_a) {
  const float h = weights.w.info.format == WeightFormat::kInt1 ? 1.0f : 0.5f;
  const int center = CenterOf(weights);
  const float rest = center == 0 ? 0.0f : static_cast<float>(center) * half_a;
  return std::fma(static_cast<float>(sum), s_a * h, rest);
}

// Step 5: acc = fma(value, s_w, acc). With float zeros acc = fma(c, A/2 + A/2, acc) follows.
float Accumulated(const RowBlock& weights, float value, float half_a, float acc) {
  const size_t at = weights.scale_index();
  acc = std::fma(value, weights.w.scales[at], acc);
  if (weights.w.info.zero != ZeroKind::kFloat) return acc;
  return std::fma(weights.w.offsets[at], half_a + half_a, acc);
}

// Step 2 of ternary5 and ternary3: T = floor((sum of f_k * t_k + 32) / 64) where the first t_k that
// is not 0 is +1; where it is -1, the negative of the entry of the opposite digits.
int TernaryEntry(std::span<const int> f, std::array<int, 5> t) {
  const auto first = std::find_if(t.begin(), t.end(), [](int digit) { return digit != 0; });
  const bool opposite = first != t.end() && *first < 0;
  int sum = 0;
  for (size_t i = 0; i < f.size(); ++i) sum += f[i] * (opposite ? -t[i] : t[i]);
  const int entry = FloorOf64ths(sum + 32);
  return opposite ? -entry : entry;
}

// Step 3 of ternary5 and ternary3: P = sum of T.
int64_t SumOfTernaryEntries(const RowBlock& weights, const TableActs& acts) {
  int64_t sum = 0;
  for (size_t group = 0; group < acts.groups(); ++group) {
    std::array<int, 5> t{};
    for (size_t i = 0; i < acts.length; ++i) t[i] = weights.Digit(group * acts.length + i);
    sum += TernaryEntry(acts.Group(group), t);
  }
  return sum;
}

}  // namespace

std::vector<float> FastPlanesGemm(const QuantizedMatrix& w, std::span<const float> act, size_t m,
                                  size_t block, size_t length) {
  const WeightInfo& info = w.info;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    for (const Block& b : BlocksOf(info, block)) {
      const auto a = act.subspan(t * info.k + b.begin, b.size());
      const TableActs acts = FixedActs(a, length);
      const float half_a = acts.scale.inverse == 0.0f ? 0.0f : OrderedSum(a) * 0.5f;
      for (size_t row = 0; row < info.n; ++row) {
        const RowBlock weights{w, row, b};
        const int64_t sum = SumOfEntries(weights, acts);
        const float value = ValueOf(weights, sum, acts.scale.scale, half_a);
        float& acc = out[t * info.n + row];
        acc = Accumulated(weights, value, half_a, acc);
      }
    }
  }
  ApplyFactors(w, out);
  return out;
}

std::vector<float> FastTritsGemm(const QuantizedMatrix& w, std::span<const float> act, size_t m,
                                 size_t block, size_t length) {
  const WeightInfo& info = w.info;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    for (const Block& b : BlocksOf(info, block)) {
      const TableActs acts = FixedActs(act.subspan(t * info.k + b.begin, b.size()), length);
      for (size_t row = 0; row < info.n; ++row) {
        const RowBlock weights{w, row, b};
        const auto sum = static_cast<float>(SumOfTernaryEntries(weights, acts));
        float& acc = out[t * info.n + row];
        acc = std::fma(sum * acts.scale.scale, w.scales[weights.scale_index()], acc);
      }
    }
  }
  ApplyFactors(w, out);
  return out;
}

}  // namespace lutgemm::ref
