#include "ref/modes.h"

#include "quant/groups.h"
#include "ref/blocks.h"
#include "ref/steps.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::ref {
namespace {

using quant::ScaleIndex;

// What int8 cannot hold of an outlier.
struct Rest {
  size_t k;
  float value;
};

// Clips a block, or span, that begins with activation `begin` at five times its mean magnitude;
// lists what that cuts off.
std::vector<float> Clip(std::span<const float> act, size_t begin, std::vector<Rest>& rests) {
  std::vector<float> clipped(act.begin(), act.end()), magnitudes;
  for (float a : act) magnitudes.push_back(std::abs(a));
  const float mean = OrderedSum(magnitudes) / static_cast<float>(act.size());
  const float limit = 5.0f * mean;
  if (!std::isfinite(Magnitude(act, 1)) || !(Magnitude(act, 1) > limit)) return clipped;
  const Scale scale = ScaleOf(limit);
  for (size_t i = 0; i < act.size(); ++i) {
    if (magnitudes[i] <= limit) continue;
    const float held = scale.inverse == 0.0f ? 0.0f : 127.0f * scale.scale;
    rests.push_back({begin + i, act[i] - std::copysign(held, act[i])});
    clipped[i] = std::copysign(limit, act[i]);
  }
  return clipped;
}

// The dot product of rests and one row of weights.
float RestProduct(const QuantizedMatrix& w, size_t row, std::span<const Rest> rests) {
  float sum = 0.0f;
  for (const Rest& rest : rests) {
    const size_t s = ScaleIndex(w.info, row, quant::GroupOf(w.info, rest.k));
    const bool super = w.info.super_group != 0;
    const size_t f = super ? quant::FactorIndex(w.info, row, rest.k) : 0;
    const float scale = super ? w.scales[s] * w.factors[f] : w.scales[s];
    float weight = scale * static_cast<float>(w.Integer(row, rest.k));
    if (w.info.zero == ZeroKind::kFloat) {
      weight += super ? w.offsets[s] * w.offset_factors[f] : w.offsets[s];
    }
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

// Adds the product of one span's int8 activations to one output: groups are summed before the
// activations' scale and the factors of the super-group come in.
void AddSpan(const QuantizedMatrix& w, size_t row, const Span& span, const Int8Block& q,
             float& acc) {
  const WeightInfo& info = w.info;
  const bool zeros = info.zero == ZeroKind::kFloat, super = info.super_group != 0;
  float inner = 0.0f, offsets = 0.0f;
  for (const Block& b : span.groups) {
    const size_t s = ScaleIndex(info, row, b.group);
    int64_t product = 0, sum = 0;
    for (size_t k = b.begin; k < b.end; ++k) {
      product += int64_t{q.codes[k - span.begin()]} * w.Integer(row, k);
      sum += q.codes[k - span.begin()];
    }
    inner = std::fma(static_cast<float>(product), w.scales[s], inner);
    float& to = super ? offsets : inner;
    if (zeros) to = std::fma(w.offsets[s], static_cast<float>(sum), to);
  }
  const size_t f = super ? quant::FactorIndex(info, row, span.begin()) : 0;
  acc = std::fma(inner, q.scale * (super ? w.factors[f] : 1.0f), acc);
  if (super && zeros) acc = std::fma(offsets, q.scale * w.offset_factors[f], acc);
}

}  // namespace

Int8Block QuantizeActs(std::span<const float> act) {
  const Scale scale = ScaleOf(Magnitude(act, 1));
  Int8Block block{scale.scale, {}};
  for (float a : act) {
    const float x = scale.inverse == 0.0f ? 0.0f : a * scale.inverse;
    block.codes.push_back(static_cast<int8_t>(std::nearbyint(x)));
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

std::vector<float> ExactSpanGemm(const QuantizedMatrix& w, std::span<const float> act, size_t m,
                                 const ActQuantizer& quantize) {
  const WeightInfo& info = w.info;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    for (const Span& span : SpansOf(info)) {
      const Int8Block q = quantize(act.subspan(t * info.k + span.begin(), span.size()));
      for (size_t row = 0; row < info.n; ++row) AddSpan(w, row, span, q, out[t * info.n + row]);
    }
  }
  ApplyFactors(w, out);
  return out;
}

std::vector<float> FastDotSpanGemm(const QuantizedMatrix& w, std::span<const float> act, size_t m) {
  const WeightInfo& info = w.info;
  std::vector<float> out(m * info.n);
  for (size_t t = 0; t < m; ++t) {
    std::vector<Rest> rests;
    for (const Span& span : SpansOf(info)) {
      const auto clipped = Clip(act.subspan(t * info.k + span.begin(), span.size()),
                                span.groups.front().begin, rests);
      const Int8Block q = QuantizeActs(clipped);
      for (size_t row = 0; row < info.n; ++row) AddSpan(w, row, span, q, out[t * info.n + row]);
    }
    for (size_t row = 0; !rests.empty() && row < info.n; ++row) {
      out[t * info.n + row] += RestProduct(w, row, rests);
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
      const auto clipped = Clip(act.subspan(t * info.k + b.begin, b.end - b.begin), b.begin, rests);
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

}  // namespace lutgemm::ref
