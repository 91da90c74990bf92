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

}  // namespace

void Fold(const KernelArgs& args, const BlockCursor& at, size_t token, size_t strip,
          const int32_t* raw, bool exact) {
  const WeightArgs& w = args.weight;
  const size_t first =
      (args.strip + strip) * w.scale_strip_stride + at.group * w.scale_group_stride;
  const size_t i = token * args.grid.blocks + at.block;
  const float act_scale = args.act.scale[i];
  float* acc = args.acc + AccIndex(args, token, strip * w.strip);
  for (size_t o = 0; o < w.strip; ++o) {
    const size_t index = first + o;
    const float scale = format::LoadElem(w.scales, w.scale_elem, index);
    const float before = at.block != 0 ? acc[o] : 0.0f;
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
      if (w.zero == ZeroKind::kFloat) {
        value = std::fma(act_scale * format::LoadElem(w.zeros, w.scale_elem, index),
                         static_cast<float>(sum), value);
      }
    } else {
      const float sum = args.act.sum[i];
      const float constant = static_cast<float>(ZeroFactor(w, index)) * sum;
      value = std::fma(static_cast<float>(raw[o]), act_scale, constant);
      value = std::fma(value, scale, before);
      if (w.zero == ZeroKind::kFloat) {
        value = std::fma(format::LoadElem(w.zeros, w.scale_elem, index), sum + sum, value);
      }
    }
    acc[o] = value;
  }
}

float WeightValue(const KernelArgs& args, size_t group, size_t o, uint8_t code) {
  const WeightArgs& w = args.weight;
  const size_t index = args.strip * w.scale_strip_stride + group * w.scale_group_stride + o;
  const int32_t value = code + ZeroFactor(w, index);
  const float weight = format::LoadElem(w.scales, w.scale_elem, index) * static_cast<float>(value);
  if (w.zero != ZeroKind::kFloat) return weight;
  return weight + format::LoadElem(w.zeros, w.scale_elem, index);
}

}  // namespace lutgemm::kernels::portable
