// Scales of one byte: all 256 of them, also those that Pack never writes, in every kernel.
#include "kernels/registry.h"
#include "layout/geometry.h"
#include "ref/modes.h"
#include "support/case.h"
#include "support/run.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

namespace lutgemm {
namespace {

// 32 outputs of eight groups, whose scale bytes are 0 to 255, output by output.
PackedWeights WithAllScales(WeightFormat format, const test::Guarded& memory) {
  test::Random random(31);
  WeightInfo info;
  info.format = format;
  info.scale = format::OwnScale(format);
  info.group = format::DefaultGroup(format);
  info.n = 32;
  info.k = 8 * info.group;
  const PackedWeights weights = test::MustPack(test::RandomMatrix(info, random));
  const auto geometry = layout::MakeGeometry(info, weights.layout());
  REQUIRE(geometry);
  REQUIRE(geometry->scale_bytes == 256);
  std::memcpy(memory.data(), weights.blob().data(), weights.blob().size());
  for (size_t i = 0; i < 256; ++i) {
    const size_t group = i % 8, output = i / 8;
    memory.data()[geometry->scale_offset + group * 32 + output] = static_cast<std::byte>(i);
  }
  auto all = PackedWeights::FromBlob(info, weights.layout(), weights.layout_version(),
                                     memory.span().first(weights.blob().size()), nullptr);
  REQUIRE_MESSAGE(all.ok(), all.status().text());
  return *all;
}

// Equal bits, or NaN of any bits.
bool Same(float a, float b) {
  return std::memcmp(&a, &b, sizeof(a)) == 0 || (std::isnan(a) && std::isnan(b));
}

void CheckScales(const PackedWeights& weights, std::string_view target, size_t m) {
  CAPTURE(std::string(Name(weights.info().format)));
  CAPTURE(std::string(target));
  CAPTURE(m);
  test::Random random(m);
  const std::vector<float> act = random.Normals(m * weights.info().k);
  Problem problem;
  problem.m = m;
  problem.target = target;
  const auto out = test::RunPlan(test::MustPlan(weights, problem), act, m * 32);
  auto matrix = Unpack(weights);
  REQUIRE_MESSAGE(matrix.ok(), matrix.status().text());
  const auto want = ref::FastDotSpanGemm(*matrix, act, m);
  for (size_t i = 0; i < out.size(); ++i) {
    if (!Same(out[i], want[i])) {
      FAIL_CHECK("output ", i, " is ", out[i], ", the oracle has ", want[i]);
    }
  }
  // All ones are NaN in both formats, and E4M3 has two signs of them.
  CHECK(std::isnan(want[31]));
  CHECK_FALSE(std::isnan(want[0]));
}

TEST_CASE("every byte of a scale means the same in every kernel") {
  for (WeightFormat format : {WeightFormat::kNvfp4, WeightFormat::kMxfp4}) {
    const test::Guarded memory(1 << 14);
    const PackedWeights weights = WithAllScales(format, memory);
    for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
      for (size_t m : {size_t{1}, size_t{2}, size_t{5}, size_t{9}, size_t{70}}) {
        CheckScales(weights, target->name, m);
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm
