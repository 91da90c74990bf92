#include "ref/modes.h"

#include "format/block.h"
#include "format/planes.h"
#include "ref/blocks.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lutgemm::ref {
namespace {

struct Scale {
  float scale, inverse;
};

Scale ScaleOf(float magnitude) {
  if (!std::isfinite(magnitude)) return {std::numeric_limits<float>::quiet_NaN(), 0.0f};
  if (magnitude < 1e-36f) return {0.0f, 0.0f};
  return {magnitude / 127.0f, 127.0f / magnitude};
}

// Largest sum of |a| over groups of `length`; NaN above all.
float MaxSum(std::span<const float> act, size_t length) {
  const auto at = [&](size_t i) { return i < act.size() ? std::abs(act[i]) : 0.0f; };
  float largest = 0.0f;
  for (size_t i = 0; i < act.size(); i += length) {
    float sum = at(i);
    if (length >= 4) sum = (at(i) + at(i + 1)) + (at(i + 2) + at(i + 3));
    if (length == 3) sum = (at(i) + at(i + 1)) + at(i + 2);
    if (length == 5) sum += at(i + 4);
    if (sum > largest || std::isnan(sum)) largest = sum;
  }
  return largest;
}

// Sixteen running sums, then a tree.
float OrderedSum(std::span<const float> act) {
  float part[16] = {};
  for (size_t i = 0; i < act.size(); ++i) part[i % 16] += act[i];
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t j = 0; j < half; ++j) part[j] += part[j + half];
  }
  return part[0];
}

size_t ScaleIndex(const WeightInfo& info, size_t row, size_t group) {
  return info.group == kWholeTensor ? 0 : row * info.groups() + group;
}

// What int8 cannot hold of an outlier.
struct Rest {
  size_t k, group;
  float value;
};

// Clips a block at five times its mean magnitude; lists what that cuts off.
std::vector<float> Clip(std::span<const float> act, const Block& block, std::vector<Rest>& rests) {
  std::vector<float> clipped(act.begin(), act.end()), magnitudes;
  for (float a : act) magnitudes.push_back(std::abs(a));
  const float mean = OrderedSum(magnitudes) / static_cast<float>(act.size());
  const float limit = 5.0f * mean;
  if (!std::isfinite(MaxSum(act, 1)) || !(MaxSum(act, 1) > limit)) return clipped;
  const Scale scale = ScaleOf(limit);
  for (size_t i = 0; i < act.size(); ++i) {
    if (magnitudes[i] <= limit) continue;
    const float held = scale.inverse == 0.0f ? 0.0f : 127.0f * scale.scale;
    rests.push_back({block.begin + i, block.group, act[i] - std::copysign(held, act[i])});
    clipped[i] = std::copysign(limit, act[i]);
  }
  return clipped;
}

// The dot product of rests and one row of weights.
float RestProduct(const QuantizedMatrix& w, size_t row, std::span<const Rest> rests) {
  float sum = 0.0f;
  for (const Rest& rest : rests) {
    const size_t s = ScaleIndex(w.info, row, rest.group);
    float weight = w.scales[s] * static_cast<float>(w.Integer(row, rest.k));
    if (w.info.zero == ZeroKind::kFloat) weight += w.offsets[s];
    sum += rest.value * weight;
  }
  return sum;
}

// Adds the product of one block's int8 activations, cut into runs, to one output.
void AddBlock(const QuantizedMatrix& w, size_t row, const Block& b, const Int8Block& q,
              float& acc) {
  const size_t s = ScaleIndex(w.info, row, b.group);
  for (size_t run = b.begin; run < b.end; run += kExactRun) {
    int64_t product = 0, sum = 0;
    for (size_t k = run; k < std::min(run + kExactRun, b.end); ++k) {
      product += int64_t{q.codes[k - b.begin]} * w.Integer(row, k);
      sum += q.codes[k - b.begin];
    }
    acc = std::fma(static_cast<float>(product), q.scale * w.scales[s], acc);
    if (w.info.zero == ZeroKind::kFloat) {
      acc = std::fma(q.scale * w.offsets[s], static_cast<float>(sum), acc);
    }
  }
}

// The last step of every mode: second-level scale and unit.
void ApplyFactors(const QuantizedMatrix& w, std::vector<float>& out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const float factor = w.Factor(i % w.info.n);
    if (factor != 1.0f) out[i] *= factor;
  }
}

}  // namespace

Int8Block QuantizeActs(std::span<const float> act) {
  const Scale scale = ScaleOf(MaxSum(act, 1));
  Int8Block block{scale.scale, {}};
  for (float a : act) {
    const float x = scale.inverse == 0.0f ? 0.0f : a * scale.inverse;
    block.codes.push_back(static_cast<int8_t>(std::nearbyint(x)));
  }
  return block;
}

Int8Block QuantizeActsBfp(std::span<const float> act, unsigned bits) {
  const uint8_t exponent = format::BlockExponent(act);
  Int8Block block{static_cast<float>(format::BfpValue(bits, exponent, 1)), {}};
  for (float a : act) {
    block.codes.push_back(static_cast<int8_t>(format::BfpCode(bits, exponent, a)));
  }
  return block;
}

std::vector<float> ExactGemm(const QuantizedMatrix& w, std::span<const float> act, size_t m,
                             size_t block, const ActQuantizer& quantize) {
  const WeightInfo& info = w.info;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    for (const Block& b : BlocksOf(info, block)) {
      const Int8Block q = quantize(act.subspan(t * info.k + b.begin, b.end - b.begin));
      for (size_t row = 0; row < info.n; ++row) AddBlock(w, row, b, q, out[t * info.n + row]);
    }
  }
  ApplyFactors(w, out);
  return out;
}

std::vector<float> FastDotGemm(const QuantizedMatrix& w, std::span<const float> act, size_t m,
                               size_t block) {
  const WeightInfo& info = w.info;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    std::vector<Rest> rests;
    for (const Block& b : BlocksOf(info, std::min(block, kExactRun))) {
      const auto clipped = Clip(act.subspan(t * info.k + b.begin, b.end - b.begin), b, rests);
      const Int8Block q = QuantizeActs(clipped);
      for (size_t row = 0; row < info.n; ++row) AddBlock(w, row, b, q, out[t * info.n + row]);
    }
    for (size_t row = 0; !rests.empty() && row < info.n; ++row) {
      out[t * info.n + row] += RestProduct(w, row, rests);
    }
  }
  ApplyFactors(w, out);
  return out;
}

std::vector<float> FastPlanesGemm(const QuantizedMatrix& w, std::span<const float> act, size_t m,
                                  size_t block, size_t length) {
  const WeightInfo& info = w.info;
  const format::Planes planes = format::PlanesOf(info.format);
  // P, the signed digits' sum, is 2 * code - total: half of it plus a multiple of sum(a).
  const bool half = info.format != WeightFormat::kInt1;
  const bool centred = !half || info.format == WeightFormat::kTernary;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    for (const Block& b : BlocksOf(info, block)) {
      const auto a = act.subspan(t * info.k + b.begin, b.end - b.begin);
      const Scale scale = ScaleOf(MaxSum(a, length));
      const bool zero = scale.inverse == 0.0f;
      const float table_scale = scale.scale * (half ? 0.5f : 1.0f);
      const float sum = zero || centred ? 0.0f : OrderedSum(a) * 0.5f;
      // Activations with six fraction bits.
      const auto fixed = [&](size_t k) {
        const float x = k < a.size() && !zero ? (a[k] * scale.inverse) * 64.0f : 0.0f;
        return static_cast<int>(std::nearbyint(x));
      };
      for (size_t row = 0; row < info.n; ++row) {
        const size_t s = ScaleIndex(info, row, b.group);
        int64_t total = 0;
        for (size_t k = 0; k < a.size(); k += length) {
          for (unsigned p = 0; p < planes.count; ++p) {
            int digits = 0;  // their sum, with six fraction bits
            bool plus = false;
            for (size_t i = 0; i < length; ++i) {
              const size_t at = b.begin + k + i;
              const unsigned code = at < b.end ? w.codes[row * info.k + at] : 0u;
              plus = (format::PlaneBits(info.format, code) >> p & 1u) != 0;
              digits += plus ? fixed(k + i) : -fixed(k + i);
            }
            // Entries that subtract the last activation are negatives of those that add it. Halves
            // are rounded up and down in turn.
            const int round = k / length % 2 == 0 ? 32 : 31;
            const int entry = ((plus ? digits : -digits) + round) >> 6;
            total += int64_t{planes.multiplier[p]} * (plus ? entry : -entry);
          }
        }
        float constant = 0.0f;
        if (!centred) {
          int factor = static_cast<int>(planes.total());
          if (info.zero == ZeroKind::kInteger) factor -= 2 * w.zeros[s];
          if (info.zero == ZeroKind::kNone) factor -= static_cast<int>(CodeCount(info.format));
          constant = static_cast<float>(factor) * sum;
        }
        float& acc = out[t * info.n + row];
        const float value = std::fma(static_cast<float>(total), table_scale, constant);
        acc = std::fma(value, w.scales[s], acc);
        if (info.zero == ZeroKind::kFloat) acc = std::fma(w.offsets[s], sum + sum, acc);
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
      const auto a = act.subspan(t * info.k + b.begin, b.end - b.begin);
      const Scale scale = ScaleOf(MaxSum(a, length));
      for (size_t row = 0; row < info.n; ++row) {
        int64_t total = 0;
        for (size_t k = 0; k < a.size(); k += length) {
          int sum = 0;  // with six fraction bits
          for (size_t i = k; i < k + length && i < a.size(); ++i) {
            const float x = scale.inverse == 0.0f ? 0.0f : (a[i] * scale.inverse) * 64.0f;
            const int digit = w.codes[row * info.k + b.begin + i] - 1;
            sum += digit * static_cast<int>(std::nearbyint(x));
          }
          // Tables hold one sign of each sum; the other is its exact negative.
          int first = 0;
          for (size_t i = k; i < k + length && i < a.size() && first == 0; ++i) {
            first = w.codes[row * info.k + b.begin + i] - 1;
          }
          const int entry = ((first < 0 ? -sum : sum) + 32) >> 6;
          total += first < 0 ? -entry : entry;
        }
        float& acc = out[t * info.n + row];
        acc = std::fma(static_cast<float>(total) * scale.scale,
                       w.scales[ScaleIndex(info, row, b.group)], acc);
      }
    }
  }
  return out;
}

}  // namespace lutgemm::ref
