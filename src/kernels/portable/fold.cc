#include "format/fp.h"
#include "kernels/portable/portable.h"

#include <cmath>
#include <cstring>

namespace lutgemm::kernels::portable {
namespace {

int32_t ZeroFactor(const WeightArgs& w, size_t index) {
  if (w.zero != ZeroKind::kInteger) return w.fold.b;
  return w.fold.base - w.fold.zero_mult * static_cast<int32_t>(w.zeros[index]);
}

// I of FoldSpec.
int32_t IntegerProduct(const WeightArgs& w, int32_t raw, int32_t sum, size_t index) {
  int32_t product = raw;
  if (w.fold.b != 0 || w.zero != ZeroKind::kNone) product += ZeroFactor(w, index) * sum;
  return w.fold.half ? product >> 1 : product;
}

// Of output o of a strip of the weights, in the super-group of `group`; 1 without super-groups.
float Factor(const KernelArgs& args, const std::byte* factors, size_t strip, size_t group,
             size_t o) {
  const WeightArgs& w = args.weight;
  if (factors == nullptr) return 1.0f;
  const size_t super = group / args.grid.span_groups;
  return format::LoadElem(factors, w.factor_elem,
                          strip * w.factor_strip_stride + super * w.strip + o);
}

// The sums of a span's groups to the accumulators of one strip; see span-inl.h.
void EndSpan(const KernelArgs& args, const BlockCursor& at, size_t token, size_t strip) {
  const WeightArgs& w = args.weight;
  const size_t first = AccIndex(args, token, strip * w.strip), of = args.strip + strip;
  const size_t block = token * args.grid.blocks + at.block, begin = at.group - at.in_span;
  const float act = args.act.scale[block];
  for (size_t o = 0; o < w.strip; ++o) {
    float value = begin == 0 ? 0.0f : args.acc[first + o];
    value = std::fma(args.inner[first + o], act * Factor(args, w.factors, of, at.group, o), value);
    if (w.offset_factors != nullptr) {
      float offsets = 0.0f;
      for (size_t g = begin; g <= at.group; ++g) {
        const size_t index = of * w.scale_strip_stride + g * w.scale_group_stride + o;
        const int32_t sum = args.act.int_sum[token * args.grid.blocks + g];
        offsets = std::fma(format::LoadElem(w.zeros, w.offset_elem, index), static_cast<float>(sum),
                           offsets);
      }
      value = std::fma(offsets, act * Factor(args, w.offset_factors, of, at.group, o), value);
    }
    args.acc[first + o] = value;
  }
}

}  // namespace

void Fold(const KernelArgs& args, const BlockCursor& at, size_t token, size_t strip,
          const int32_t* raw, bool exact) {
  const WeightArgs& w = args.weight;
  const size_t first =
      (args.strip + strip) * w.scale_strip_stride + at.group * w.scale_group_stride;
  const size_t i = token * args.grid.blocks + at.block;
  const bool spans = args.grid.span_groups != 0;
  const float act_scale = spans ? 1.0f : args.act.scale[i];
  const bool offsets = w.zero == ZeroKind::kFloat && w.offset_factors == nullptr;
  const bool first_of_sums = spans ? at.starts_span() : at.block == 0;
  float* acc = (spans ? args.inner : args.acc) + AccIndex(args, token, strip * w.strip);
  for (size_t o = 0; o < w.strip; ++o) {
    const size_t index = first + o;
    const float scale = format::LoadElem(w.scales, w.scale_elem, index);
    const float before = first_of_sums ? 0.0f : acc[o];
    float value;
    if (exact) {
      const int32_t sum = args.act.int_sum[i];
      const int32_t product = IntegerProduct(w, raw[o], sum, index);
      if (args.integer_out) {
        int32_t total = 0;
        if (at.block != 0) std::memcpy(&total, acc + o, 4);
        total += product;
        std::memcpy(acc + o, &total, 4);
        continue;
      }
      value = std::fma(static_cast<float>(product), act_scale * scale, before);
      if (offsets) {
        value = std::fma(act_scale * format::LoadElem(w.zeros, w.offset_elem, index),
                         static_cast<float>(sum), value);
      }
    } else {
      const float sum = args.act.sum[i];
      const float constant = static_cast<float>(ZeroFactor(w, index)) * sum;
      value = std::fma(static_cast<float>(raw[o]), act_scale, constant);
      value = std::fma(value, scale, before);
      if (w.zero == ZeroKind::kFloat) {
        value = std::fma(format::LoadElem(w.zeros, w.offset_elem, index), sum + sum, value);
      }
    }
    acc[o] = value;
  }
  if (spans && at.ends_span()) EndSpan(args, at, token, strip);
}

float WeightValue(const KernelArgs& args, size_t group, size_t o, uint8_t code) {
  const WeightArgs& w = args.weight;
  const size_t index = args.strip * w.scale_strip_stride + group * w.scale_group_stride + o;
  const int32_t value = code + ZeroFactor(w, index);
  float scale = format::LoadElem(w.scales, w.scale_elem, index);
  if (w.factors != nullptr) scale *= Factor(args, w.factors, args.strip, group, o);
  const float weight = scale * static_cast<float>(value);
  if (w.zero != ZeroKind::kFloat) return weight;
  const float offset = format::LoadElem(w.zeros, w.offset_elem, index);
  if (w.offset_factors == nullptr) return weight + offset;
  return weight + offset * Factor(args, w.offset_factors, args.strip, group, o);
}

}  // namespace lutgemm::kernels::portable
