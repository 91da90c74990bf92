// Strides that no memory has are refused where they are given.
#include <lutgemm/channel_order.hpp>
#include <lutgemm/plan.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace lutgemm {
namespace {

constexpr size_t kMost = std::numeric_limits<size_t>::max();

PackedWeights Weights() {
  const std::vector<float> values(8 * 8, 0.5f);
  const auto matrix = Quantize({values.data(), Elem::kF32, 8, 8, 0}, QuantSpec{});
  REQUIRE(matrix.ok());
  auto packed = Pack(*matrix);
  REQUIRE(packed.ok());
  return *packed;
}

TEST_CASE("strides: a plan's rows fit the address space, or there is no plan") {
  const PackedWeights weights = Weights();
  struct Case {
    size_t m, act, out;
    bool ok;
  };
  const size_t kHalf = size_t{1} << 61;
  const Case cases[] = {{9, 0, 0, true},          {1, kMost, kMost, true},
                        {2, kMost, 0, false},     {2, 0, kMost, false},
                        {9, kMost / 2, 0, false}, {9, 0, kMost / 2, false},
                        {5, kHalf, 0, false},     {5, 0, kHalf, false},
                        {9, 1000, 2000, true},    {2, (kHalf >> 2), 0, true},
                        {2, kHalf, 0, false}};
  for (const Case& c : cases) {
    CAPTURE(c.m);
    CAPTURE(c.act);
    CAPTURE(c.out);
    Problem problem;
    problem.m = c.m;
    problem.act_stride = c.act;
    problem.out_stride = c.out;
    const auto plan = MakePlan(weights, problem);
    CHECK(plan.ok() == c.ok);
    if (!c.ok) CHECK(plan.status().code() == Code::kBadShape);
  }
}

TEST_CASE("strides: tensors that cannot lie in memory") {
  const std::vector<float> values(64, 1.0f);
  for (const size_t stride :
       {kMost, kMost / 2, size_t{1} << 62, size_t{1} << 61, size_t{1} << 60}) {
    CAPTURE(stride);
    const Tensor2D tensor{values.data(), Elem::kF32, 5, 8, stride};
    CHECK(Quantize(tensor, QuantSpec{}).status().code() == Code::kBadShape);
    CHECK(RowKeys(tensor).status().code() == Code::kBadShape);
    CHECK(ColumnKeys(tensor).status().code() == Code::kBadShape);
    CHECK(Permuted(tensor, nullptr, nullptr).status().code() == Code::kBadShape);
  }
  // The last row's stride is never taken.
  CHECK(Quantize({values.data(), Elem::kF32, 1, 8, kMost}, QuantSpec{}).ok());
  CHECK(Quantize({values.data(), Elem::kF32, 5, 8, 12}, QuantSpec{}).ok());
}

TEST_CASE("orders that are no permutations have no inverse") {
  CHECK(Inverse({{2, 0, 1}}).from == std::vector<uint32_t>{1, 2, 0});
  CHECK(Inverse({{5, 7, 0xffffffffu}}).size() == 0);
  CHECK(Inverse({{0, 0, 1}}).size() == 0);
  CHECK(Inverse({{3, 1, 2}}).size() == 0);
  CHECK(Inverse({}).size() == 0);
  // More query heads than positions can name.
  CHECK(OrderForQueries({{0, 1}}, 2, kMost).status().code() == Code::kBadArgument);
  CHECK(OrderForQueries({{0, 1}}, 2, size_t{1} << 40).status().code() == Code::kBadArgument);
}

}  // namespace
}  // namespace lutgemm
