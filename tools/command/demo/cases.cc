// The rows of the table of `lutgemm demo`.
#include "tools/command/demo/evaluation.h"

namespace lutgemm::tools {
namespace {

QuantSpec Spec(WeightFormat format, uint32_t group, ZeroKind zero = ZeroKind::kNone) {
  QuantSpec spec;
  spec.format = format;
  spec.group = group;
  spec.zero = zero;
  return spec;
}

}  // namespace

std::vector<DemoCase> DemoCases() {
  using enum WeightFormat;
  constexpr ZeroKind kAsymmetric = ZeroKind::kInteger;
  return {{false, std::nullopt},
          {false, Spec(kInt4, 128)},
          {false, Spec(kInt4, 32, kAsymmetric)},
          {false, Spec(kInt3, 64)},
          {false, Spec(kInt3, 32, kAsymmetric)},
          {false, Spec(kInt2, 64)},
          {false, Spec(kInt2, 32, kAsymmetric)},
          {false, Spec(kTernary, 64)},
          {false, Spec(kInt1, 32)},
          {false, DefaultSpec(kBitmod4)},
          {false, DefaultSpec(kBitmod3)},
          {false, DefaultSpec(kMxfp4)},
          {false, DefaultSpec(kNvfp4)},
          {false, DefaultSpec(kNf4)},
          {false, DefaultSpec(kBfp4)},
          {false, DefaultSpec(kBfp6)},
          {false, std::nullopt, Mode::kFast, tiny_lm::CacheSpec{8, 32, false}},
          {false, std::nullopt, Mode::kFast, tiny_lm::CacheSpec{4, 16, false}},
          {false, std::nullopt, Mode::kFast, tiny_lm::CacheSpec{4, 16, true}},
          {false, std::nullopt, Mode::kFast, tiny_lm::CacheSpec{3, 16, false}},
          {false, std::nullopt, Mode::kFast, tiny_lm::CacheSpec{3, 16, true}},
          {true, std::nullopt},
          {true, tiny_lm::TrainedTernary(), Mode::kExact},
          {true, tiny_lm::TrainedTernary()},
          {true, Spec(kInt4, 128)},
          {true, Spec(kInt3, 64)},
          {true, Spec(kInt2, 64)},
          {true, Spec(kInt1, 32)}};
}

}  // namespace lutgemm::tools
