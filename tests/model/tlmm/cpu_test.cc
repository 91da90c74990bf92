// The engine and the CPU library multiply the same ternary weights to the same integers, from the
// bytes of the library's own layout.
#include "layout/geometry.h"
#include "model/tlmm/engine.h"
#include "support/case.h"
#include "support/run.h"

#include <algorithm>

using namespace lutgemm;
using namespace lutgemm::test;

namespace {

namespace tlmm = model::tlmm;

// The trits of packed weights, read by the layout's formulas.
std::vector<int8_t> TritsOf(const PackedWeights& weights) {
  const auto geometry = layout::MakeGeometry(weights.info(), LayoutId::kTrits);
  REQUIRE(geometry.has_value());
  const size_t n = weights.info().n, k = weights.info().k;
  std::vector<int8_t> trits(n * k);
  for (size_t output = 0; output < n; ++output) {
    for (size_t kk = 0; kk < k; ++kk) {
      const size_t at = output / geometry->strip * geometry->strip_bytes +
                        layout::TritsAt(output % geometry->strip, kk / layout::kTritsPerByte);
      const auto byte = static_cast<uint8_t>(weights.blob()[at]);
      const unsigned digit =
          layout::TritDigit(byte, static_cast<unsigned>(kk % layout::kTritsPerByte));
      trits[output * k + kk] = static_cast<int8_t>(static_cast<int>(digit) - 1);
    }
  }
  return trits;
}

}  // namespace

TEST_CASE("ternary engine and CPU kernels agree bit for bit") {
  Random random(21);
  WeightInfo info;
  info.format = WeightFormat::kTernary;
  info.group = kWholeTensor;
  info.n = 70;
  info.k = 203;
  for (const Fill fill : {Fill::kRandom, Fill::kAllLow, Fill::kAllHigh}) {
    const PackedWeights weights = MustPack(RandomMatrix(info, random, fill), LayoutId::kTrits);
    Problem problem;
    problem.m = 3;
    problem.act = Elem::kI8;
    problem.out = Elem::kI32;
    problem.mode = Mode::kExact;
    const std::vector<int8_t> acts = random.Int8s(problem.m * info.k, -127, 127);
    const auto outputs = RunPlan<int32_t>(MustPlan(weights, problem), acts, problem.m * info.n);
    const std::vector<int8_t> trits = TritsOf(weights);
    for (const auto& [encoding, group] :
         {std::pair(tlmm::Encoding::kIndex, 3u), std::pair(tlmm::Encoding::kTl1, 2u),
          std::pair(tlmm::Encoding::kTl2, 3u), std::pair(tlmm::Encoding::kByte5, 5u)}) {
      tlmm::Config config;
      config.group = group;
      config.encoding = encoding;
      const auto packed = tlmm::TritMatrix::Pack(trits, info.n, info.k, encoding, group);
      REQUIRE(packed.ok());
      const auto product = tlmm::Multiply(config, *packed, acts, problem.m);
      REQUIRE(product.ok());
      CHECK(product->outputs == outputs);
    }
  }
}
