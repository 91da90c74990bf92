// Made by codegen/lutgen from formats.toml. Do not edit.
// Lists of formats for tests that are to run with every one.
#ifndef LUTGEMM_TESTS_SUPPORT_GEN_FORMATS_H_
#define LUTGEMM_TESTS_SUPPORT_GEN_FORMATS_H_

#include <lutgemm/types.hpp>

namespace lutgemm::test {

// All formats.
inline constexpr WeightFormat kAllFormats[] = {
    WeightFormat::kInt1,
    WeightFormat::kInt2,
    WeightFormat::kInt3,
    WeightFormat::kInt4,
    WeightFormat::kTernary,
    WeightFormat::kBitmod3,
    WeightFormat::kBitmod4,
    WeightFormat::kMxfp4,
    WeightFormat::kNvfp4,
    WeightFormat::kNf4,
    WeightFormat::kCodebook,
    WeightFormat::kBfp3,
    WeightFormat::kBfp4,
    WeightFormat::kBfp5,
    WeightFormat::kBfp6,
    WeightFormat::kBfp7,
    WeightFormat::kBfp8,
    WeightFormat::kInt5,
    WeightFormat::kInt6,
    WeightFormat::kInt8,
};
// Those whose integers are linear in the code.
inline constexpr WeightFormat kLinearFormats[] = {
    WeightFormat::kInt1,
    WeightFormat::kInt2,
    WeightFormat::kInt3,
    WeightFormat::kInt4,
    WeightFormat::kTernary,
    WeightFormat::kInt5,
    WeightFormat::kInt6,
    WeightFormat::kInt8,
};
// Those that may have zero points.
inline constexpr WeightFormat kZeroFormats[] = {
    WeightFormat::kInt2,
    WeightFormat::kInt3,
    WeightFormat::kInt4,
    WeightFormat::kInt5,
    WeightFormat::kInt6,
    WeightFormat::kInt8,
};

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_SUPPORT_GEN_FORMATS_H_
