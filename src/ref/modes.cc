#include "ref/modes.h"

#include "format/planes.h"

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

// A block of one row: k in [begin, end), all of it in `group`.
struct Block {
  size_t group, begin, end;
};

std::vector<Block> BlocksOf(const WeightInfo& info, size_t block) {
  std::vector<Block> blocks;
  for (size_t g = 0; g < info.groups(); ++g) {
    for (size_t k = info.group_begin(g); k < info.group_end(g); k += block) {
      blocks.push_back({g, k, std::min(k + block, info.group_end(g))});
    }
  }
  return blocks;
}

size_t ScaleIndex(const WeightInfo& info, size_t row, size_t group) {
  return info.group == kWholeTensor ? 0 : row * info.groups() + group;
}

void Accumulate(float& acc, float value, bool first) { acc = first ? value : acc + value; }

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

std::vector<float> ExactGemm(const QuantizedMatrix& w, std::span<const float> act, size_t m,
                             size_t block) {
  const WeightInfo& info = w.info;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    bool first = true;
    for (const Block& b : BlocksOf(info, block)) {
      const Int8Block q = QuantizeActs(act.subspan(t * info.k + b.begin, b.end - b.begin));
      for (size_t run = b.begin; run < b.end; run += kExactRun, first = false) {
        const size_t end = std::min(run + kExactRun, b.end);
        for (size_t row = 0; row < info.n; ++row) {
          const size_t s = ScaleIndex(info, row, b.group);
          int64_t product = 0, sum = 0;
          for (size_t k = run; k < end; ++k) {
            product += int64_t{q.codes[k - b.begin]} * w.Integer(row, k);
            sum += q.codes[k - b.begin];
          }
          float& acc = out[t * info.n + row];
          Accumulate(acc, static_cast<float>(product) * (q.scale * w.scales[s]), first);
          if (info.zero == ZeroKind::kFloat) {
            acc += (q.scale * w.offsets[s]) * static_cast<float>(sum);
          }
        }
      }
    }
  }
  ApplyFactors(w, out);
  return out;
}

std::vector<float> FastPlanesGemm(const QuantizedMatrix& w, std::span<const float> act, size_t m,
                                  size_t block) {
  const WeightInfo& info = w.info;
  const format::Planes planes = format::PlanesOf(info.format);
  // P, the signed digits' sum, is 2 * code - total: half of it plus a multiple of sum(a).
  const bool half = info.format != WeightFormat::kInt1;
  const bool centred = !half || info.format == WeightFormat::kTernary;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    for (const Block& b : BlocksOf(info, block)) {
      const auto a = act.subspan(t * info.k + b.begin, b.end - b.begin);
      const Scale scale = ScaleOf(MaxSum(a, 4));
      const bool zero = scale.inverse == 0.0f;
      const float table_scale = scale.scale * (half ? 0.5f : 1.0f);
      const float sum = zero || centred ? 0.0f : OrderedSum(a) * 0.5f;
      const auto scaled = [&](size_t k) {
        return k < a.size() && !zero ? a[k] * scale.inverse : 0.0f;
      };
      for (size_t row = 0; row < info.n; ++row) {
        const size_t s = ScaleIndex(info, row, b.group);
        int64_t total = 0;
        for (size_t k = 0; k < a.size(); k += 4) {
          for (unsigned p = 0; p < planes.count; ++p) {
            float term[4];
            for (size_t i = 0; i < 4; ++i) {
              const size_t at = b.begin + k + i;
              const unsigned code = at < b.end ? w.codes[row * info.k + at] : 0u;
              const bool plus = (format::PlaneBits(info.format, code) >> p & 1u) != 0;
              term[i] = plus ? scaled(k + i) : -scaled(k + i);
            }
            const float entry = (term[0] + term[1]) + (term[2] + term[3]);
            total += int64_t{planes.multiplier[p]} * static_cast<int>(std::nearbyint(entry));
          }
        }
        float value = static_cast<float>(total) * table_scale;
        if (!centred) {
          int factor = static_cast<int>(planes.total());
          if (info.zero == ZeroKind::kInteger) factor -= 2 * w.zeros[s];
          if (info.zero == ZeroKind::kNone) factor -= static_cast<int>(CodeCount(info.format));
          value += static_cast<float>(factor) * sum;
        }
        float& acc = out[t * info.n + row];
        Accumulate(acc, value * w.scales[s], b.begin == 0);
        if (info.zero == ZeroKind::kFloat) acc += w.offsets[s] * (sum + sum);
      }
    }
  }
  ApplyFactors(w, out);
  return out;
}

std::vector<float> FastTritsGemm(const QuantizedMatrix& w, std::span<const float> act, size_t m,
                                 size_t block) {
  const WeightInfo& info = w.info;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    for (const Block& b : BlocksOf(info, block)) {
      const auto a = act.subspan(t * info.k + b.begin, b.end - b.begin);
      const Scale scale = ScaleOf(MaxSum(a, 5));
      for (size_t row = 0; row < info.n; ++row) {
        int64_t total = 0;
        for (size_t k = 0; k < a.size(); k += 5) {
          int sum = 0;  // with six fraction bits
          for (size_t i = k; i < k + 5 && i < a.size(); ++i) {
            const float x = scale.inverse == 0.0f ? 0.0f : (a[i] * scale.inverse) * 64.0f;
            const int digit = w.codes[row * info.k + b.begin + i] - 1;
            sum += digit * static_cast<int>(std::nearbyint(x));
          }
          // Tables hold one sign of each sum; the other is its exact negative.
          int first = 0;
          for (size_t i = k; i < k + 5 && i < a.size() && first == 0; ++i) {
            first = w.codes[row * info.k + b.begin + i] - 1;
          }
          const int entry = ((first < 0 ? -sum : sum) + 32) >> 6;
          total += first < 0 ? -entry : entry;
        }
        Accumulate(
            out[t * info.n + row],
            (static_cast<float>(total) * scale.scale) * w.scales[ScaleIndex(info, row, b.group)],
            b.begin == 0);
      }
    }
  }
  return out;
}

}  // namespace lutgemm::ref
