// What a kernel reads of packed weights: where codes, scales and zeros lie, and how sums become
// products of values.
#ifndef LUTGEMM_PLAN_WEIGHT_ARGS_H_
#define LUTGEMM_PLAN_WEIGHT_ARGS_H_

#include "kernels/registry.h"
#include "layout/layout.h"

#include <array>

namespace lutgemm::plan {

class WeightView {
 public:
  WeightView(const PackedWeights& weights, const layout::Geometry& geometry, Method method);

  kernels::WeightArgs args() const {
    kernels::WeightArgs args = args_;
    if (args.scales == nullptr)
      args.scales = tensor_scale_.data(), args.zeros = tensor_zero_.data();
    return args;
  }
  const kernels::FoldSpec& fold() const { return args_.fold; }
  // Whether products need the sums of activations.
  bool needs_sums() const { return args_.fold.b != 0 || args_.zero != ZeroKind::kNone; }
  // What sums are multiplied with: the unit of the codebook or of BFP, and second-level scales.
  float unit() const { return unit_; }
  const float* factors() const { return factors_; }  // of each output; or null

 private:
  void SetCodes(const WeightInfo& info, const layout::Geometry& g, kernels::Digits digits);
  void SetScales(const WeightInfo& info, const layout::Geometry& g, const std::byte* blob);
  void SetFactors(const WeightInfo& info, const layout::Geometry& g, const std::byte* blob);

  kernels::WeightArgs args_;
  float unit_ = 1.0f;
  const float* factors_ = nullptr;
  // kWholeTensor: the one scale and zero as often as a strip has outputs. args_ has no pointers to
  // them, so that copies have their own.
  std::array<std::byte, kernels::kMaxStrip * 4> tensor_scale_{}, tensor_zero_{};
};

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_WEIGHT_ARGS_H_
