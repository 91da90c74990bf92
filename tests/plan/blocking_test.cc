// Steps, groups and blocks of K, by hand.
#include "plan/blocking.h"

#include "chain_kit.h"

#include <string>

namespace lutgemm {
namespace {

using test::ChoiceOf;
using test::Info;
using test::RequestOf;

struct Case {
  std::string_view kernel;
  WeightFormat format;
  LayoutId layout;
  size_t k;
  uint32_t group, block;
  Mode mode;
  // Steps, steps of a group, groups, steps of a block, blocks, and blocks that share a scale.
  size_t want[6];
};

constexpr auto kPlanes = LayoutId::kPlanes;
constexpr auto kTrits = LayoutId::kTrits;
constexpr Case kCases[] = {
    // The default block of the kernel, cut to the group.
    {"lut4_gemv_fast_b2",
     WeightFormat::kInt2,
     kPlanes,
     512,
     64,
     0,
     Mode::kFast,
     {32, 4, 8, 4, 8, 1}},
    {"lut4_gemv_fast_b2",
     WeightFormat::kInt2,
     kPlanes,
     512,
     256,
     0,
     Mode::kFast,
     {32, 16, 2, 8, 4, 1}},
    // What the problem asks for, in whole steps.
    {"lut4_gemv_fast_b2",
     WeightFormat::kInt2,
     kPlanes,
     512,
     256,
     96,
     Mode::kFast,
     {32, 16, 2, 6, 6, 1}},
    // A last group and a last block that are shorter.
    {"lut4_gemv_fast_b2",
     WeightFormat::kInt2,
     kPlanes,
     500,
     192,
     0,
     Mode::kFast,
     {32, 12, 3, 8, 5, 1}},
    // Steps of ten start anew in every group.
    {"lut5_gemm_fast_b2",
     WeightFormat::kInt2,
     kPlanes,
     500,
     192,
     0,
     Mode::kFast,
     {52, 20, 3, 13, 5, 1}},
    // Exact blocks are groups; those too long for int32 are cut, and share a scale.
    {"dot_gemm_planes_b3",
     WeightFormat::kInt3,
     kPlanes,
     500,
     192,
     0,
     Mode::kExact,
     {32, 12, 3, 12, 3, 1}},
    {"dot_gemm_planes_b3",
     WeightFormat::kInt3,
     kPlanes,
     40000,
     kWholeRow,
     0,
     Mode::kExact,
     {2500, 2500, 1, 1020, 3, 3}},
    // In fast mode they have scales of their own.
    {"dot_gemm_planes_b3",
     WeightFormat::kInt3,
     kPlanes,
     40000,
     kWholeRow,
     0,
     Mode::kFast,
     {2500, 2500, 1, 64, 40, 1}},
    // Fives of layout trits know one group.
    {"ternary5_gemv_fast",
     WeightFormat::kTernary,
     kTrits,
     1003,
     kWholeRow,
     0,
     Mode::kFast,
     {201, 201, 1, 128, 2, 1}},
    {"ternary3_gemm_fast",
     WeightFormat::kTernary,
     kTrits,
     1003,
     kWholeRow,
     100,
     Mode::kFast,
     {17, 17, 1, 2, 9, 1}},
};

TEST_CASE("blocks are what weights, kernel and problem make of K") {
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.kernel));
    CAPTURE(c.k);
    Problem problem;
    problem.mode = c.mode, problem.block = c.block;
    WeightInfo info = Info(c.format, 64, c.k, c.group);
    const plan::Blocking b = MakeBlocking(RequestOf(info, c.layout, problem), ChoiceOf(c.kernel));
    CHECK(b.k == c.k);
    CHECK(b.grid.steps == c.want[0]);
    CHECK(b.grid.group_steps == c.want[1]);
    CHECK(b.grid.groups == c.want[2]);
    CHECK(b.grid.block_steps == c.want[3]);
    CHECK(b.grid.blocks == c.want[4]);
    CHECK(b.scale_blocks == c.want[5]);
  }
}

TEST_CASE("int8 activations made in fast mode keep outliers apart, others do not") {
  const WeightInfo info = Info(WeightFormat::kInt4, 64, 256, 64);
  const auto clips = [&](std::string_view kernel, Mode mode, Elem act) {
    Problem problem;
    problem.mode = mode, problem.act = act;
    return MakeBlocking(RequestOf(info, kPlanes, problem), ChoiceOf(kernel)).clips_outliers;
  };
  CHECK(clips("dot_gemm_planes_b4", Mode::kFast, Elem::kF16));
  CHECK_FALSE(clips("dot_gemm_planes_b4", Mode::kFast, Elem::kI8));
  CHECK_FALSE(clips("dot_gemm_planes_b4", Mode::kExact, Elem::kF32));
  CHECK_FALSE(clips("lut4_gemv_fast_b4", Mode::kFast, Elem::kF32));
}

}  // namespace
}  // namespace lutgemm
