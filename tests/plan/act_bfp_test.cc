// Activations as block floating point: the oracle's bits on every target, and the format's own
// rule.
#include "format/block.h"
#include "kit.h"
#include "ref/modes.h"
#include "support/sample.h"

#include <doctest/doctest.h>
#include <lutgemm/kv_cache.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace lutgemm {
namespace {

using test::InfoOf;
using test::Random;

Problem BfpProblem(size_t m, uint32_t bits, uint32_t block) {
  Problem problem;
  problem.m = m;
  problem.mode = Mode::kExact;
  problem.act_bfp = bits;
  problem.block = block;
  return problem;
}

// Block floating point of `bits` bits, by the formulas of format/block.h; the scale is the worth of
// one step.
ref::Int8Block QuantizeActsBfp(std::span<const float> act, unsigned bits) {
  const uint8_t exponent = format::BlockExponent(act);
  ref::Int8Block block{static_cast<float>(format::BfpValue(bits, exponent, 1)), {}};
  for (float a : act) {
    block.codes.push_back(static_cast<int8_t>(format::BfpCode(bits, exponent, a)));
  }
  return block;
}

ref::ActQuantizer BfpOf(unsigned bits) {
  return [bits](std::span<const float> act) { return QuantizeActsBfp(act, bits); };
}

// Blocks of all magnitudes, down to subnormal ones, with outliers and zeros.
std::vector<float> WildActs(size_t count, Random& random) {
  std::vector<float> acts = random.Normals(count);
  int exponent = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i % 16 == 0) exponent = random.Below(3) == 0 ? random.Int(-150, 60) : 0;
    acts[i] = random.Below(23) == 0 ? 0.0f : std::ldexp(acts[i], exponent);
    if (random.Below(41) == 0) acts[i] *= 50.0f;
  }
  return acts;
}

struct BfpCase {
  WeightFormat format;
  uint32_t group;
  LayoutId layout = LayoutId::kDefault;
  ZeroKind zero = ZeroKind::kNone;
};
constexpr BfpCase kCases[] = {{WeightFormat::kInt4, 128},
                              {WeightFormat::kInt4, 64, LayoutId::kPlanes},
                              {WeightFormat::kInt4, 128, LayoutId::kCodes, ZeroKind::kInteger},
                              {WeightFormat::kInt3, 128, LayoutId::kPlanes, ZeroKind::kFloat},
                              {WeightFormat::kInt2, kWholeRow},
                              {WeightFormat::kInt1, 32},
                              {WeightFormat::kTernary, kWholeTensor, LayoutId::kPlanes},
                              {WeightFormat::kBfp4, 32},
                              {WeightFormat::kBfp8, 128},
                              {WeightFormat::kMxfp4, 32},
                              {WeightFormat::kNf4, 64}};

void CheckTargets(const QuantizedMatrix& matrix, const PackedWeights& weights, Problem problem,
                  Random& random) {
  const WeightInfo& info = matrix.info;
  const auto acts = WildActs(problem.m * info.k, random);
  const auto want = ref::ExactGemm(matrix, acts, problem.m, problem.block, BfpOf(problem.act_bfp));
  for (const std::string_view target : Targets()) {
    for (const KernelInfo& kernel : Kernels()) {
      if (kernel.layout != weights.layout() || !kernel.exact) continue;
      problem.target = target;
      problem.kernel = kernel.name;
      const Result<Plan> plan = MakePlan(weights, problem);
      if (!plan.ok()) continue;
      CAPTURE(std::string(plan->Explain()));
      const auto out = test::RunPlan(*plan, acts, problem.m * info.n);
      CHECK(test::FirstDifference(out, want) == out.size());
    }
  }
}

TEST_CASE("products of BFP activations equal the oracle: weights, bits, blocks, rows, targets") {
  for (const BfpCase& c : kCases) {
    Random random(101);
    WeightInfo info = InfoOf(c.format, 35, 523);
    info.group = c.group;
    info.zero = c.zero;
    const QuantizedMatrix matrix = test::RandomMatrix(info, random);
    const PackedWeights weights = test::MustPack(matrix, c.layout);
    for (uint32_t bits = 3; bits <= 8; ++bits) {
      for (const uint32_t block : {16u, 32u, 64u, 128u}) {
        if (info.groups() > 1 && info.group % block != 0) continue;
        const size_t m = bits % 3 == 0 ? 17 : bits % 3;
        if (!test::Sampled()) continue;
        CheckTargets(matrix, weights, BfpProblem(m, bits, block), random);
      }
    }
  }
}

// Output o of token t is activation [t][o] as the product sees it: times 1, everything else times
// 0.
PackedWeights Identity(size_t k) {
  QuantizedMatrix matrix;
  matrix.info = InfoOf(WeightFormat::kInt4, k, k);
  matrix.info.group = kWholeRow;
  matrix.info.scale = Elem::kF32;
  matrix.codes.assign(k * k, 8);
  for (size_t i = 0; i < k; ++i) matrix.codes[i * k + i] = 9;
  matrix.scales.assign(k, 1.0f);
  return test::MustPack(matrix);
}

TEST_CASE("an activation becomes what format/block.h says: ties, clipping, the ends of floats") {
  const float most = std::numeric_limits<float>::max();
  const float least = std::numeric_limits<float>::denorm_min();
  const std::vector<std::vector<float>> blocks = {
      {1.0f, -2.5f, 0.3f, 7.0f, 0.0f, -0.06f, 3.49f, -6.99f},
      {1.0f, 0.125f, 0.375f, 0.625f, 0.875f, -0.125f, -0.375f, 1.9375f},
      {2.0f, 1.99f, -2.0f, 0.5f, -1.9999999f},
      {1023.99994f, 1.0f, 512.0f, -1023.9f},
      {most, -most, most / 2, 1.0f, least},
      {least, -3 * least, 7 * least},
      {1e-38f, 2e-38f, 1.1754942e-38f, -5e-39f},
      {3e-37f, 1e-38f, -2.5e-37f},
      {0.0f, -0.0f}};
  for (const uint32_t block : {16u, 32u}) {
    const size_t k = blocks.size() * block;
    std::vector<float> acts(k);
    for (size_t b = 0; b < blocks.size(); ++b) {
      std::ranges::copy(blocks[b], acts.begin() + static_cast<ptrdiff_t>(b * block));
    }
    const PackedWeights weights = Identity(k);
    for (uint32_t bits = 3; bits <= 8; ++bits) {
      std::vector<float> want;
      for (size_t i = 0; i < k; ++i) {
        const auto in_block = std::span(acts).subspan(i / block * block, block);
        const uint8_t exponent = format::BlockExponent(in_block);
        const int q = format::BfpCode(bits, exponent, acts[i]);
        want.push_back(static_cast<float>(format::BfpValue(bits, exponent, q)));
      }
      for (const std::string_view target : Targets()) {
        Problem problem = BfpProblem(1, bits, block);
        problem.target = target;
        CAPTURE(bits);
        CAPTURE(std::string(target));
        const Plan plan = test::MustPlan(weights, problem);
        CHECK(test::RunPlan(plan, acts, k) == want);
      }
    }
  }
}

TEST_CASE("the published values of MXINT8 and BFP12") {
  const std::vector<float> acts = {1.0f, -2.5f, 0.3f, 7.0f, 0.0f, -0.06f, 3.49f, -6.99f};
  const PackedWeights weights = Identity(acts.size());
  const auto values = [&](uint32_t bits, uint32_t block) {
    return test::RunPlan(test::MustPlan(weights, BfpProblem(1, bits, block)), acts, acts.size());
  };
  CHECK(values(8, 0) == std::vector<float>{1, -2.5f, 0.3125f, 7, 0, -0.0625f, 3.5f, -7});
  CHECK(values(4, 16) == std::vector<float>{1, -2, 0, 7, 0, 0, 3, -7});
  CHECK(values(3, 16) == std::vector<float>{0, -2, 0, 6, 0, 0, 4, -6});
}

TEST_CASE("8 bits in blocks of 32 are MXINT8 weights taken as activations, and a cache's rows") {
  Random random(102);
  const size_t m = 3, n = 24, k = 224;
  const QuantizedMatrix matrix = test::RandomMatrix(InfoOf(WeightFormat::kBfp8, n, k), random);
  const std::vector<float> acts = random.Normals(m * k);
  const auto quantized =
      Quantize({acts.data(), Elem::kF32, m, k, 0}, DefaultSpec(WeightFormat::kBfp8));
  REQUIRE(quantized.ok());
  size_t at = 0;  // blocks come token by token
  const auto taken = [&](std::span<const float> act) {
    const size_t first = at++ * 32;
    ref::Int8Block block{std::ldexp(quantized->scales[first / 32], -6), {}};
    for (size_t i = first; i < first + act.size(); ++i) {
      block.codes.push_back(static_cast<int8_t>(quantized->Integer(i / k, i % k)));
    }
    return block;
  };
  const auto want = ref::ExactGemm(matrix, acts, m, 32, taken);
  const Plan plan = test::MustPlan(test::MustPack(matrix), BfpProblem(m, 8, 32));
  CHECK(test::RunPlan(plan, acts, m * n) == want);

  const auto cache_spec = [&](unsigned bits, uint32_t block) {
    return KvCacheSpec{1, k, m, bits, block, {}};
  };
  for (const unsigned bits : {4u, 8u}) {
    auto cache = KvCache::Make(cache_spec(bits, 32));
    REQUIRE(cache.ok());
    REQUIRE(cache->Append(acts).ok());
    const auto seen =
        test::RunPlan(test::MustPlan(Identity(k), BfpProblem(m, bits, 32)), acts, m * k);
    std::vector<float> row(k);
    for (size_t t = 0; t < m; ++t) {
      REQUIRE(cache->Row(t, row).ok());
      CHECK(std::equal(row.begin(), row.end(), seen.begin() + static_cast<ptrdiff_t>(t * k)));
    }
  }
}

TEST_CASE("types, producers and an order meet BFP as they meet int8") {
  Random random(103);
  const size_t m = 2, n = 20, k = 300;
  const QuantizedMatrix matrix = test::RandomMatrix(InfoOf(WeightFormat::kInt4, n, k), random);
  const PackedWeights weights = test::MustPack(matrix);
  std::vector<float> acts = random.Normals(m * k), gamma = random.Normals(k);
  std::vector<uint16_t> halves(acts.size());
  for (size_t i = 0; i < acts.size(); ++i) {
    format::StoreElem(halves.data(), Elem::kBF16, i, acts[i]);
    acts[i] = format::LoadElem(halves.data(), Elem::kBF16, i);
  }
  const auto oracle = [&](const std::vector<float>& of) {
    return ref::ExactGemm(matrix, of, m, 64, BfpOf(6));
  };
  ChannelOrder order;
  for (uint32_t i = 0; i < k; ++i) order.from.push_back(i * 7 % uint32_t(k));
  Producer producer;
  producer.gamma = gamma.data();
  for (const std::string_view target : Targets()) {
    CAPTURE(std::string(target));
    Problem problem = BfpProblem(m, 6, 64);
    problem.target = target;
    problem.act = Elem::kBF16;
    const Plan plan = test::MustPlan(weights, problem);
    CHECK(test::RunPlan(plan, halves, m * n) == oracle(acts));
    std::vector<float> made(m * k), out(m * n), permuted(m * k);
    REQUIRE(plan.Produce(halves.data(), producer, made.data()).ok());
    const test::Guarded workspace(plan.workspace_bytes());
    REQUIRE(plan.Run(halves.data(), producer, out.data(), workspace.span()).ok());
    CHECK(out == oracle(made));
    problem.act_order = order;
    for (size_t i = 0; i < m * k; ++i) permuted[i] = acts[i / k * k + order.from[i % k]];
    CHECK(test::RunPlan(test::MustPlan(weights, problem), halves, m * n) == oracle(permuted));
  }
}

TEST_CASE("NaN and infinity reach their token only; zeros give exact zeros") {
  Random random(104);
  const size_t m = 4, n = 12, k = 200;
  for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kFloat}) {
    WeightInfo info = InfoOf(WeightFormat::kInt4, n, k);
    info.zero = zero;
    const PackedWeights weights = test::MustPack(test::RandomMatrix(info, random));
    for (const std::string_view target : Targets()) {
      for (const float special :
           {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
        Problem problem = BfpProblem(m, 5, 32);
        problem.target = target;
        const Plan plan = test::MustPlan(weights, problem);
        std::vector<float> acts = random.Normals(m * k);
        std::fill_n(acts.begin() + 2 * k, k, 0.0f);
        const auto clean = test::RunPlan(plan, acts, m * n);
        acts[k + random.Below(k)] = special;
        const auto out = test::RunPlan(plan, acts, m * n);
        for (size_t i = 0; i < out.size(); ++i) {
          CHECK((i / n == 1 ? std::isnan(out[i]) : out[i] == clean[i]));
          if (i / n == 2) CHECK(out[i] == 0.0f);
        }
      }
    }
  }
}

TEST_CASE("tables of other bits are other tables") {
  Random random(105);
  const PackedWeights weights =
      test::MustPack(test::RandomMatrix(InfoOf(WeightFormat::kInt4, 16, 256), random));
  const Plan five = test::MustPlan(weights, BfpProblem(1, 5, 32));
  const Plan six = test::MustPlan(weights, BfpProblem(1, 6, 32));
  const Plan int8 = test::MustPlan(weights, BfpProblem(1, 0, 32));
  CHECK(five.table_key() != six.table_key());
  CHECK(five.table_key() != int8.table_key());
  CHECK(five.table_key() == test::MustPlan(weights, BfpProblem(1, 5, 0)).table_key());
  CHECK(five.Explain().find("as BFP of 5 bits") != std::string_view::npos);
  CHECK(int8.Explain().find("BFP") == std::string_view::npos);
}

TEST_CASE("what BFP activations cannot be is refused") {
  Random random(106);
  const PackedWeights weights =
      test::MustPack(test::RandomMatrix(InfoOf(WeightFormat::kInt4, 8, 256), random));
  const auto code = [](const PackedWeights& of, const Problem& problem) {
    return MakePlan(of, problem).status().code();
  };
  for (const uint32_t bits : {1u, 2u, 9u}) {
    CHECK(code(weights, BfpProblem(1, bits, 32)) == Code::kBadArgument);
  }
  for (const uint32_t block : {8u, 48u, 256u}) {
    CHECK(code(weights, BfpProblem(1, 8, block)) == Code::kBadArgument);
  }
  Problem problem = BfpProblem(1, 8, 32);
  problem.act = Elem::kI8;
  CHECK(code(weights, problem) == Code::kUnsupportedFormat);
  problem = BfpProblem(1, 8, 32);
  problem.mode = Mode::kFast;
  CHECK(code(weights, problem) == Code::kUnsupportedFormat);
  // Groups that would cut a block; rows shorter than one are no groups.
  const auto grouped = [&](uint32_t group, size_t k) {
    WeightInfo info = InfoOf(WeightFormat::kInt4, 8, k);
    info.group = group;
    return test::MustPack(test::RandomMatrix(info, random));
  };
  CHECK(code(grouped(48, 256), BfpProblem(1, 8, 32)) == Code::kUnsupportedFormat);
  CHECK(code(grouped(16, 256), BfpProblem(1, 8, 32)) == Code::kUnsupportedFormat);
  CHECK(code(grouped(16, 256), BfpProblem(1, 8, 16)) == Code::kOk);
  CHECK(code(grouped(16, 12), BfpProblem(1, 8, 32)) == Code::kOk);
  const PackedWeights trits = test::MustPack(
      test::RandomMatrix(InfoOf(WeightFormat::kTernary, 8, 256), random), LayoutId::kTrits);
  CHECK(code(trits, BfpProblem(1, 8, 32)) == Code::kUnsupportedFormat);
  WeightInfo super = InfoOf(WeightFormat::kInt4, 8, 256);
  super.group = 32, super.super_group = 256, super.scale = Elem::kU8;
  CHECK(code(test::MustPack(test::RandomMatrix(super, random)), BfpProblem(1, 8, 32)) ==
        Code::kUnsupportedFormat);
}

}  // namespace
}  // namespace lutgemm
