#include "oracle/outputs.h"

#include "oracle/numbers.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::oracle {
namespace {

constexpr size_t kRun = 16320;

// Steps 2 and 3 of exact mode for one block.
float AddInt8Block(const ActBlock& block, const Row& row, float acc) {
  const Block& at = block.at;
  const float scale = row.scale[at.group], offset = row.offset[at.group];
  for (size_t begin = at.begin; begin < at.end; begin += kRun) {
    int64_t product = 0, sum = 0;
    for (size_t k = begin; k < std::min(begin + kRun, at.end); ++k) {
      const int64_t q = block.codes[k - at.begin];
      product += q * row.v[k];
      sum += q;
    }
    acc = std::fma(static_cast<float>(product), block.scale * scale, acc);
    if (row.float_zeros) acc = std::fma(block.scale * offset, static_cast<float>(sum), acc);
  }
  return acc;
}

float RestOf(const Token& token, const Row& row) {
  float rest = 0.0f;
  for (const Rest& outlier : token.rests) {
    float w = row.scale[outlier.group] * static_cast<float>(row.v[outlier.k]);
    if (row.float_zeros) w = w + row.offset[outlier.group];
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

// How far one block's share may be from float64, beside the roundings of floats.
double BlockError(std::span<const float> act, const ActBlock& block, const Row& row,
                  const Spec& spec) {
  const Block& at = block.at;
  const double scale = std::abs(static_cast<double>(row.scale[at.group]));
  const double offset = std::abs(static_cast<double>(row.offset[at.group]));
  const size_t length = LookupLength(spec);
  double error = 0;
  for (size_t k = at.begin; k < at.end; ++k) {
    const double w = scale * std::abs(row.v[k]) + offset;
    // A block whose scale is 0 counts as zeros. Codes of BFP are limited: a whole step at most.
    if (block.scale == 0.0f) error += w * std::abs(static_cast<double>(act[k]));
    if (length == 1) error += w * block.scale * (spec.act_bfp != 0 ? 1.0 : 0.501);
  }
  if (length > 1) error += block.scale * scale * TableError(block, row, length);
  return error;
}

}  // namespace

float Accumulator(const Token& token, const Row& row, const Spec& spec) {
  const size_t length = LookupLength(spec);
  const bool planes = spec.method == Method::kLut4 || spec.method == Method::kLut5;
  float acc = 0.0f;
  for (const ActBlock& block : token.blocks) {
    acc = length == 1 ? AddInt8Block(block, row, acc)
          : planes    ? AddPlanesBlock(block, row, length, acc)
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
    const size_t g = block.at.group;
    const double scale = row.scale[g], offset = row.offset[g];
    const double most = std::abs(scale) * (std::abs(row.b[g]) + 16.0) + std::abs(offset);
    for (size_t k = block.at.begin; k < block.at.end; ++k) {
      const double w = scale * row.v[k] + offset;
      bounded.value += act[k] * w;
      magnitude += (std::abs(static_cast<double>(act[k])) + block.scale) * (std::abs(w) + most);
    }
    bounded.error += BlockError(act, block, row, spec);
  }
  // Every float is one of at most so many sums and products that follow one another; A of a block
  // has a sixteenth of it as many as it has elements.
  const auto roundings =
      static_cast<double>(6 * token.blocks.size() + 2 * token.rests.size() + act.size() / 16 + 64);
  bounded.error += roundings * 0x1p-24 * magnitude + 1e-35;
  return bounded;
}

}  // namespace lutgemm::oracle
