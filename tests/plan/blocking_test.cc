// Steps, groups and blocks of K, by hand.
#include "plan/blocking.h"

#include "chain_kit.h"

#include <string>

namespace lutgemm {
namespace {

using test::ChoiceOf;
using test::Info;
using test::Random;
using test::RequestOf;

struct Case {
  std::string_view kernel;
  WeightFormat format;
  LayoutId layout;
  size_t k;
  uint32_t group, block;
  Mode mode;
  // Steps, steps of a group, groups, steps of a block, blocks, blocks that share a scale, and
  // groups of a span.
  size_t want[7];
  uint32_t super_group = 0;
};

constexpr auto kPlanes = LayoutId::kPlanes;
constexpr auto kCodes = LayoutId::kCodes;
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
    // In fast mode short groups are spans of 256, or a little less, unless the problem asks for
    // blocks or there is one group.
    {"dot_gemm_codes",
     WeightFormat::kInt4,
     kCodes,
     500,
     48,
     0,
     Mode::kFast,
     {32, 3, 11, 3, 11, 5, 5}},
    {"dot_gemm_codes",
     WeightFormat::kInt4,
     kCodes,
     500,
     64,
     0,
     Mode::kFast,
     {32, 4, 8, 4, 8, 4, 4}},
    {"dot_gemm_codes", WeightFormat::kInt4, kCodes, 500, 80, 0, Mode::kFast, {32, 5, 7, 5, 7, 1}},
    {"dot_gemm_codes", WeightFormat::kInt4, kCodes, 500, 36, 0, Mode::kFast, {41, 3, 14, 3, 14, 1}},
    {"dot_gemm_codes", WeightFormat::kInt4, kCodes, 500, 64, 16, Mode::kFast, {32, 4, 8, 1, 32, 1}},
    {"dot_gemm_codes", WeightFormat::kInt4, kCodes, 500, 64, 0, Mode::kExact, {32, 4, 8, 4, 8, 1}},
    {"dot_gemm_codes", WeightFormat::kInt4, kCodes, 60, 64, 0, Mode::kFast, {4, 4, 1, 4, 1, 1}},
    // Super-groups are spans in both modes, whatever the problem asks for.
    {"dot_gemm_codes",
     WeightFormat::kInt4,
     kCodes,
     500,
     32,
     16,
     Mode::kExact,
     {32, 2, 16, 2, 16, 8, 8},
     256},
    {"dot_gemm_planes_b6",
     WeightFormat::kInt6,
     kPlanes,
     9000,
     2048,
     0,
     Mode::kFast,
     {563, 128, 5, 128, 5, 2, 2},
     4096},
    {"codebook_gemm_codes",
     WeightFormat::kNf4,
     kCodes,
     40,
     64,
     0,
     Mode::kFast,
     {3, 3, 1, 3, 1, 3, 3},
     192},
};

TEST_CASE("blocks are what weights, kernel and problem make of K") {
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.kernel));
    CAPTURE(c.k);
    Problem problem;
    problem.mode = c.mode, problem.block = c.block;
    WeightInfo info = Info(c.format, 64, c.k, c.group);
    info.super_group = c.super_group;
    if (c.super_group != 0) info.scale = Elem::kU8;
    const plan::Blocking b = MakeBlocking(RequestOf(info, c.layout, problem), ChoiceOf(c.kernel));
    CHECK(b.k == c.k);
    CHECK(b.grid.steps == c.want[0]);
    CHECK(b.grid.group_steps == c.want[1]);
    CHECK(b.grid.groups == c.want[2]);
    CHECK(b.grid.block_steps == c.want[3]);
    CHECK(b.grid.blocks == c.want[4]);
    CHECK(b.scale_blocks == c.want[5]);
    CHECK(b.grid.span_groups == c.want[6]);
  }
}

// Groups of a span of such weights with integer zeros.
size_t SpanGroups(WeightFormat format, uint8_t zero, std::string_view kernel) {
  Random random(3);
  WeightInfo info = Info(format, 40, 256, 32);
  info.zero = ZeroKind::kInteger;
  QuantizedMatrix matrix = test::RandomMatrix(info, random);
  for (uint8_t& z : matrix.zeros) z = 1;
  matrix.zeros.back() = zero;
  plan::Request request = RequestOf(info, kPlanes, Problem());
  request.weights = test::MustPack(matrix, kPlanes);
  return MakeBlocking(request, ChoiceOf(kernel)).grid.span_groups;
}

TEST_CASE("integer zeros above 112, or of many bits, have no spans") {
  CHECK(SpanGroups(WeightFormat::kInt4, 112, "dot_gemm_planes_b4") == 8);
  CHECK(SpanGroups(WeightFormat::kInt4, 113, "dot_gemm_planes_b4") == 0);
  CHECK(SpanGroups(WeightFormat::kInt2, 112, "dot_gemm_planes_b2") == 8);
  CHECK(SpanGroups(WeightFormat::kInt5, 1, "dot_gemm_planes_b5") == 0);
  CHECK(SpanGroups(WeightFormat::kInt4, 1, "lut4_gemv_fast_b4") == 0);
}

TEST_CASE("int32 outputs have no spans") {
  Problem problem;
  problem.mode = Mode::kExact, problem.act = Elem::kI8;
  WeightInfo info = Info(WeightFormat::kInt4, 40, 512, 32);
  info.super_group = 256, info.scale = Elem::kI8;
  const auto spans = [&] {
    return MakeBlocking(RequestOf(info, kCodes, problem), ChoiceOf("dot_gemm_codes"))
        .grid.span_groups;
  };
  CHECK(spans() == 8);
  problem.out = Elem::kI32;
  CHECK(spans() == 0);
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
