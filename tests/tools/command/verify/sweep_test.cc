// 24 formats times 17 structured matrices: `lutgemm verify` finds nothing wrong with what the
// library made, and everything wrong with what was changed. LUTGEMM_VERIFY_SEEDS=100 runs so many
// seeds instead of one, LUTGEMM_VERIFY_FIRST is the first of them.
#include "format/traits.h"
#include "tools/command/verify/kit.h"
#include "tools/command/verify/source.h"
#include "tools/command/verify/tensor.h"

#include <doctest/doctest.h>

#include <string>

namespace lutgemm::tools {
namespace {

using test::Random;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Counts {
  size_t verified = 0, refused = 0, faults = 0;
};

// Changes one code in 10,000 and, in turn, one of everything else that is stored.
size_t CheckFaults(const Tensor2D& source, const QuantizedMatrix& good, Random& random) {
  size_t faults = 0;
  const auto found = [&](const QuantizedMatrix& bad) {
    ++faults;
    const Result<std::string> text = DifferenceFrom(source, bad, {});
    return text.ok() && !text->empty();
  };
  const auto any = [&](size_t count) { return static_cast<size_t>(random.Int(0, int(count) - 1)); };
  const unsigned codes = good.book.codes != 0 ? good.book.codes : CodeCount(good.info.format);
  QuantizedMatrix bad = good;
  for (size_t i = 0; i <= bad.codes.size() / 10000; ++i) {
    uint8_t& code = bad.codes[any(bad.codes.size())];
    code = static_cast<uint8_t>((code + 1 + any(codes - 1)) % codes);
  }
  CHECK(found(bad));
  const auto change = [&](auto member, auto to) {
    bad = good;
    if ((bad.*member).empty()) return;
    auto& value = (bad.*member)[any((bad.*member).size())];
    value = to(value);
    CHECK(found(bad));
  };
  const auto next = [](float value) { return value * 1.001f + 1e-20f; };
  change(&QuantizedMatrix::scales, next);
  change(&QuantizedMatrix::offsets, next);
  change(&QuantizedMatrix::factors, next);
  change(&QuantizedMatrix::zeros, [](uint8_t value) { return uint8_t(value ^ 1); });
  change(&QuantizedMatrix::selectors, [](uint8_t value) { return uint8_t(value ^ 2); });
  return faults;
}

void CheckOne(const test::VerifiedFormat& format, const test::VerifiedMatrix& kind, uint64_t seed,
              Counts& counts) {
  Random random(seed * 1000003);
  const test::Shape shape{static_cast<size_t>(random.Int(1, 40)),
                          static_cast<size_t>(random.Int(1, 200))};
  CAPTURE(shape.n);
  CAPTURE(shape.k);
  const std::vector<float> weights = test::Make(kind, shape, random);
  const Tensor2D source{weights.data(), Elem::kF32, shape.n, shape.k, 0};
  auto matrix = test::QuantizeAny(source, format.spec);
  if (!matrix.ok()) {
    ++counts.refused;
    CAPTURE(matrix.status().text());
    CHECK(kind.wild);
    CHECK(matrix.status().code() == Code::kOverflow);
    if (!format::TakesScale(format.spec.format, Elem::kF32)) return;
    QuantSpec wider = format.spec;  // as `lutgemm repack` does
    wider.scale = Elem::kF32;
    matrix = test::QuantizeAny(source, wider);
    REQUIRE_MESSAGE(matrix.ok(), matrix.status().text());
  }
  ++counts.verified;
  const auto packed = Pack(*matrix, format.layout);
  REQUIRE(packed.ok());
  const auto report = VerifyTensor(*packed, *matrix, {seed, "", 1}, nullptr);
  REQUIRE(report.ok());
  CHECK_MESSAGE(report->failures.empty(), report->failures.front());
  const Result<std::string> difference = DifferenceFrom(source, *matrix, {});
  CHECK_MESSAGE((difference.ok() && difference->empty()), *difference);
  counts.faults += CheckFaults(source, *matrix, random);
}

TEST_CASE("no false alarm, and no fault that is missed") {
  const uint64_t first = FromEnvironment("LUTGEMM_VERIFY_FIRST", 1);
  const uint64_t seeds = FromEnvironment("LUTGEMM_VERIFY_SEEDS", 1);
  const auto formats = test::VerifiedFormats();
  const auto kinds = test::VerifiedMatrices();
  REQUIRE(formats.size() == 24);
  REQUIRE(kinds.size() == 17);
  Counts counts;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    for (size_t f = 0; f < formats.size(); ++f) {
      for (const auto& kind : kinds) {
        CAPTURE(seed);
        CAPTURE(f);
        CAPTURE(kind.name);
        CheckOne(formats[f], kind, seed * 31 + f, counts);
      }
    }
  }
  MESSAGE(counts.verified << " verified, " << counts.refused << " refused by Quantize, "
                          << counts.faults << " faults found");
  CHECK(counts.refused * 10 < counts.verified);
}

}  // namespace
}  // namespace lutgemm::tools
