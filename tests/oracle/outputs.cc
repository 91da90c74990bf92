#include "oracle/outputs.h"

#include "oracle/numbers.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::oracle {
namespace {

constexpr size_t kRun = 16320;

// Sums over some k of a block: of codes times integers, and of codes alone.
struct Sums {
  int64_t product = 0, codes = 0;
};
Sums SumsOf(const ActBlock& block, const Row& row, size_t begin, size_t end) {
  Sums sums;
  for (size_t k = begin; k < end; ++k) {
    const int64_t q = block.codes[k - block.at.begin];
    sums.product += q * row.v[k];
    sums.codes += q;
  }
  return sums;
}

// Steps 2 and 3 of exact mode for one block.
float AddInt8Block(const ActBlock& block, const Row& row, float acc) {
  const Block& at = block.at;
  const float scale = row.scale[at.group], offset = row.offset[at.group];
  for (size_t begin = at.begin; begin < at.end; begin += kRun) {
    const Sums sums = SumsOf(block, row, begin, std::min(begin + kRun, at.end));
    acc = std::fma(static_cast<float>(sums.product), block.scale * scale, acc);
    if (row.float_zeros) acc = std::fma(block.scale * offset, static_cast<float>(sums.codes), acc);
  }
  return acc;
}

size_t GroupEnd(const Row& row, size_t begin, size_t end) {
  size_t k = begin;
  while (k < end && row.group[k] == row.group[begin]) ++k;
  return k;
}

// Step 3 for a span.
float AddSpan(const ActBlock& block, const Row& row, float acc) {
  const Block& at = block.at;
  float inner = 0.0f, sum = 0.0f;
  for (size_t k = at.begin; k < at.end;) {
    const size_t g = row.group[k], end = GroupEnd(row, k, at.end);
    const Sums sums = SumsOf(block, row, k, end);
    inner = std::fma(static_cast<float>(sums.product), row.scale[g], inner);
    float& offsets = row.super_groups ? sum : inner;
    if (row.float_zeros) {
      offsets = std::fma(row.offset[g], static_cast<float>(sums.codes), offsets);
    }
    k = end;
  }
  acc = std::fma(inner, block.scale * row.factor[at.group], acc);
  if (!row.float_zeros || !row.super_groups) return acc;
  return std::fma(sum, block.scale * row.offset_factor[at.group], acc);
}

float RestOf(const Token& token, const Row& row) {
  float rest = 0.0f;
  for (const Rest& outlier : token.rests) {
    const size_t g = row.group[outlier.k];
    float w = (row.scale[g] * row.factor[g]) * static_cast<float>(row.v[outlier.k]);
    if (row.float_zeros) w = w + row.offset[g] * row.offset_factor[g];
    rest = rest + outlier.r * w;
  }
  return rest;
}

int FloorDiv64(int x) { return x >> 6; }

// The entry that one plane's bits of one lookup choose; past the block bits are 0. `index` counts
// lookups in the block.
int PlaneEntry(const ActBlock& block, const Row& row, size_t index, size_t length, unsigned plane) {
  int sum = 0;
  bool last = false;
  for (size_t i = index * length; i < (index + 1) * length; ++i) {
    const size_t k = block.at.begin + i;
    last = k < block.at.end && (row.bits[k] >> plane & 1) != 0;
    sum += last ? block.codes[i] : -block.codes[i];
  }
  const int h = index % 2 == 0 ? 32 : 31;
  return last ? FloorDiv64(sum + h) : -FloorDiv64(-sum + h);
}

float AddPlanesBlock(const ActBlock& block, const Row& row, size_t length, float acc) {
  int64_t product = 0;
  for (size_t i = 0; i < block.codes.size() / length; ++i) {
    for (unsigned p = 0; p < row.planes; ++p) {
      product += int64_t{row.multiplier[p]} * PlaneEntry(block, row, i, length, p);
    }
  }
  const size_t g = block.at.group;
  const float h = row.planes == 1 ? 1.0f : 0.5f, half_sum = block.sum * 0.5f;
  const float constant = row.b[g] == 0 ? 0.0f : static_cast<float>(row.b[g]) * half_sum;
  const float value = std::fma(static_cast<float>(product), block.scale * h, constant);
  acc = std::fma(value, row.scale[g], acc);
  if (row.float_zeros) acc = std::fma(row.offset[g], half_sum + half_sum, acc);
  return acc;
}

float AddTritsBlock(const ActBlock& block, const Row& row, size_t length, float acc) {
  int64_t product = 0;
  for (size_t begin = 0; begin < block.codes.size(); begin += length) {
    int sum = 0, first = 0;
    for (size_t i = begin; i < begin + length; ++i) {
      const size_t k = block.at.begin + i;
      const int digit = k < block.at.end ? row.v[k] : 0;
      if (first == 0) first = digit;
      sum += digit * block.codes[i];
    }
    product += first < 0 ? -FloorDiv64(-sum + 32) : FloorDiv64(sum + 32);
  }
  return std::fma(static_cast<float>(product) * block.scale, row.scale[block.at.group], acc);
}

// What a block's lookups may be wrong by, in steps of its scale times s_w: half a step each, and
// the rounding of activations to six fraction bits.
double TableError(const ActBlock& block, const Row& row, size_t length) {
  const auto lookups = static_cast<double>(block.codes.size() / length);
  double multipliers = 0;
  for (unsigned p = 0; p < row.planes; ++p) multipliers += row.multiplier[p];
  return 0.54 * lookups * multipliers * (row.planes == 1 ? 1.0 : 0.5);
}

// s_w and c of a group in double, with the factors of its super-group.
struct Affine {
  double scale, offset;
};
Affine AffineOf(const Row& row, size_t g) {
  return {static_cast<double>(row.scale[g]) * row.factor[g],
          static_cast<double>(row.offset[g]) * row.offset_factor[g]};
}

// What a span loses where floats fall below the normal ones, half of 2^-149 each: s_a * F and s_a *
// G, times the sums that they multiply; and these sums in every group, times s_a * F or s_a * G.
double SpanUnderflow(const ActBlock& block, const Row& row) {
  if (!block.at.span) return 0;
  const size_t first = block.at.group;
  double sums = 0, groups = 0;
  for (size_t k = block.at.begin; k < block.at.end; ++k) {
    const size_t g = row.group[k];
    const double q = std::abs(block.codes[k - block.at.begin]);
    sums += q * (std::abs(double{row.scale[g]} * row.v[k]) + std::abs(row.offset[g]));
    groups = static_cast<double>(g - first + 1);
  }
  const double factors = std::abs(row.factor[first]) + std::abs(row.offset_factor[first]);
  return (sums + 2 * groups * block.scale * factors) * 0x1p-150;
}

// How far one block's share may be from float64, beside the roundings of floats.
double BlockError(std::span<const float> act, const ActBlock& block, const Row& row,
                  const Spec& spec) {
  const Block& at = block.at;
  const size_t length = LookupLength(spec);
  double error = 0;
  for (size_t k = at.begin; k < at.end; ++k) {
    const Affine of = AffineOf(row, row.group[k]);
    const double w = std::abs(of.scale * row.v[k]) + std::abs(of.offset);
    // A block whose scale is 0 counts as zeros. Codes of BFP are limited: a whole step at most.
    if (block.scale == 0.0f) error += w * std::abs(static_cast<double>(act[k]));
    if (length == 1) error += w * block.scale * (spec.act_bfp != 0 ? 1.0 : 0.501);
  }
  const double scale = std::abs(AffineOf(row, at.group).scale);
  if (length > 1) error += block.scale * scale * TableError(block, row, length);
  return error;
}

}  // namespace

float Accumulator(const Token& token, const Row& row, const Spec& spec) {
  const size_t length = LookupLength(spec);
  const bool planes = spec.method == Method::kLut4 || spec.method == Method::kLut5;
  float acc = 0.0f;
  for (const ActBlock& block : token.blocks) {
    acc = block.at.span ? AddSpan(block, row, acc)
          : length == 1 ? AddInt8Block(block, row, acc)
          : planes      ? AddPlanesBlock(block, row, length, acc)
                        : AddTritsBlock(block, row, length, acc);
  }
  return token.rests.empty() ? acc : acc + RestOf(token, row);
}

int64_t IntegerProduct(const Token& token, const Row& row) {
  int64_t product = 0;
  for (const ActBlock& block : token.blocks) {
    for (size_t k = block.at.begin; k < block.at.end; ++k) {
      product += int64_t{block.codes[k - block.at.begin]} * row.v[k];
    }
  }
  return product;
}

float Finished(float acc, const Row& row, const float* bias, Elem out) {
  if (row.f != 1.0f) acc = acc * row.f;
  if (bias != nullptr) acc = acc + *bias;
  return Rounded(acc, out);
}

Bounded AccumulatorBound(std::span<const float> act, const Token& token, const Row& row,
                         const Spec& spec) {
  Bounded bounded;
  double magnitude = 0;
  for (const ActBlock& block : token.blocks) {
    for (size_t k = block.at.begin; k < block.at.end; ++k) {
      const size_t g = row.group[k];
      const auto [scale, offset] = AffineOf(row, g);
      const double most = std::abs(scale) * (std::abs(row.b[g]) + 16.0) + std::abs(offset);
      const double w = scale * row.v[k] + offset;
      bounded.value += act[k] * w;
      magnitude += (std::abs(static_cast<double>(act[k])) + block.scale) * (std::abs(w) + most);
    }
    bounded.error += BlockError(act, block, row, spec) + SpanUnderflow(block, row);
  }
  // Every float is one of at most so many sums and products that follow one another: two for a
  // group of a span, six for a block; A of a block has a sixteenth of it as many as it has
  // elements.
  const size_t sums = 6 * token.blocks.size() + 2 * row.scale.size() + 2 * token.rests.size();
  const auto roundings = static_cast<double>(sums + act.size() / 16 + 64);
  bounded.error += roundings * 0x1p-24 * magnitude + 1e-35;
  return bounded;
}

}  // namespace lutgemm::oracle
