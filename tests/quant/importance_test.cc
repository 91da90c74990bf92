// Importance: where errors are compared, each column's counts as much as the caller says, and
// nothing else changes.
#include "quant/importance.h"

#include "importance_kit.h"

#include <algorithm>
#include <limits>
#include <string>

namespace lutgemm {
namespace {

using namespace test;

constexpr size_t kRows = 5, kCols = 100;

bool SameBits(const QuantizedMatrix& a, const QuantizedMatrix& b) {
  return a.codes == b.codes && a.scales == b.scales && a.zeros == b.zeros &&
         a.offsets == b.offsets && a.factors == b.factors && a.selectors == b.selectors;
}

TEST_CASE("the weighed error never rises, and falls for every format") {
  constexpr uint64_t kSeed = 31;
  CAPTURE(kSeed);
  Random random(kSeed);
  const std::vector<float> w = random.Normals(kRows * kCols);
  const std::vector<float> importance = Energies(random, kCols);
  for (const uint32_t group : {32u, kWholeRow, kWholeTensor}) {
    for (const QuantSpec& spec : Searches(group)) {
      CAPTURE(Name(spec.format));
      CAPTURE(Name(spec.zero));
      CAPTURE(group);
      const Tensor2D weights = View(w, kRows);
      const double plain = WeighedError(MustQuantize(weights, spec, {}), w, importance);
      const double weighed =
          WeighedError(MustQuantize(weights, spec, {.importance = importance}), w, importance);
      // bfp6 has one power of two that fits; int1 one scale for signs, of a whole tensor too.
      CHECK(weighed <= plain);
      if (group == 32 && spec.format != WeightFormat::kBfp6) CHECK(weighed < 0.985 * plain);
    }
  }
}

TEST_CASE("columns that count alike change no bit") {
  Random random(33);
  const std::vector<float> w = random.Normals(kRows * kCols);
  const Tensor2D weights = View(w, kRows);
  for (const uint32_t group : {32u, kWholeRow, kWholeTensor}) {
    for (const QuantSpec& spec : Searches(group)) {
      CAPTURE(Name(spec.format));
      CAPTURE(group);
      const QuantizedMatrix plain = MustQuantize(weights, spec);
      for (const float all : {0.0f, 1.0f, 0x1p-140f, 0x1p+100f}) {
        CAPTURE(all);
        const std::vector<float> importance(kCols, all);
        CHECK(SameBits(MustQuantize(weights, spec, {.importance = importance}), plain));
      }
    }
  }
}

TEST_CASE("a group without importance is quantised as without it, others are not") {
  Random random(34);
  const std::vector<float> w = random.Normals(kRows * kCols);
  std::vector<float> importance = Energies(random, kCols);
  std::fill_n(importance.begin() + 32, 32, 0.0f);
  const QuantSpec spec = {WeightFormat::kInt2, 32, ZeroKind::kNone, Elem::kF32, true};
  const QuantizedMatrix plain = MustQuantize(View(w, kRows), spec);
  const QuantizedMatrix weighed = MustQuantize(View(w, kRows), spec, {.importance = importance});
  size_t changed = 0;
  for (size_t row = 0; row < kRows; ++row) {
    CHECK(weighed.scales[row * 4 + 1] == plain.scales[row * 4 + 1]);
    for (const size_t g : {0, 2, 3}) {
      changed += weighed.scales[row * 4 + g] != plain.scales[row * 4 + g];
    }
  }
  CHECK(changed >= 10);
}

TEST_CASE("only ratios within a group count, however large or small the numbers") {
  Random random(35);
  const std::vector<float> w = random.Normals(kRows * kCols);
  const std::vector<float> importance = Energies(random, kCols);
  for (const QuantSpec& spec : Searches(32)) {
    CAPTURE(Name(spec.format));
    const QuantizedMatrix weighed = MustQuantize(View(w, kRows), spec, {.importance = importance});
    for (const float factor : {0x1p-60f, 0x1p+100f}) {
      std::vector<float> scaled = importance;
      for (float& number : scaled) number *= factor;
      CHECK(SameBits(MustQuantize(View(w, kRows), spec, {.importance = scaled}), weighed));
    }
  }
}

TEST_CASE("without a search only the choice of a table is weighed") {
  Random random(36);
  const std::vector<float> w = random.Normals(kRows * kCols);
  const std::vector<float> importance = Energies(random, kCols);
  for (QuantSpec spec : Searches(32)) {
    CAPTURE(Name(spec.format));
    spec.scale_search = false;
    const QuantizedMatrix plain = MustQuantize(View(w, kRows), spec);
    const QuantizedMatrix weighed = MustQuantize(View(w, kRows), spec, {.importance = importance});
    const bool tables =
        spec.format == WeightFormat::kBitmod3 || spec.format == WeightFormat::kBitmod4;
    CHECK(SameBits(weighed, plain) == !tables);
    CHECK(WeighedError(weighed, w, importance) <= WeighedError(plain, w, importance));
  }
}

TEST_CASE("codebooks of the caller's, scales of two levels and threads") {
  Random random(37);
  const std::vector<float> w = random.Normals(300 * 400);
  const std::vector<float> importance = Energies(random, 400);
  const Tensor2D weights = View(w, 300);
  const auto pool = MakeThreads(3);
  REQUIRE(pool.ok());
  const Result<Codebook> book = MakeCodebook(std::vector<float>{-3, -1, 0, 1, 4});
  REQUIRE(book.ok());
  for (const Elem scale : {Elem::kU8, Elem::kF32}) {
    const QuantSpec spec = {WeightFormat::kCodebook, 32, ZeroKind::kNone, scale, true};
    const QuantizedMatrix plain = MustQuantize(weights, spec, {.book = &*book});
    const QuantizedMatrix one =
        MustQuantize(weights, spec, {.importance = importance, .book = &*book});
    CHECK(WeighedError(one, w, importance) < 0.98 * WeighedError(plain, w, importance));
    CHECK(SameBits(one, MustQuantize(weights, spec, {importance, &*book, pool->get()})));
  }
  const QuantSpec whole = {WeightFormat::kInt3, kWholeTensor, ZeroKind::kNone, Elem::kF32, true};
  CHECK(SameBits(MustQuantize(weights, whole, {.importance = importance}),
                 MustQuantize(weights, whole, {importance, nullptr, pool->get()})));
}

TEST_CASE("importance of a wrong size or with numbers that are none is refused") {
  const std::vector<float> w(4 * 8, 1.0f);
  const auto refused = [&](const std::vector<float>& importance, Code code,
                           const std::string& text) {
    for (const auto format : {WeightFormat::kInt4, WeightFormat::kNf4}) {
      const auto result =
          Quantize(View(w, 4), DefaultSpec(format), QuantizeOptions{.importance = importance});
      REQUIRE_FALSE(result.ok());
      CHECK(result.status().code() == code);
      CHECK(result.status().text() == text);
    }
  };
  refused(std::vector<float>(7, 1.0f), Code::kBadShape,
          "importance has 7 numbers; the tensor has 8 columns, which need one each");
  std::vector<float> importance(8, 1.0f);
  importance[5] = -2;
  refused(importance, Code::kBadArgument,
          "importance [5] is -2; it must be finite and not negative");
  importance[5] = std::numeric_limits<float>::infinity();
  refused(importance, Code::kNotFinite,
          "importance [5] is inf; it must be finite and not negative");
  importance[5] = -0.0f;
  CHECK(Quantize(View(w, 4), {}, QuantizeOptions{.importance = importance}).ok());
}

TEST_CASE("a book belongs to format codebook alone") {
  const std::vector<float> w(4 * 8, 1.0f);
  const Codebook book = FixedCodebook(WeightFormat::kNf4);
  CHECK(Quantize(View(w, 4), {}, QuantizeOptions{.book = &book}).status().code() ==
        Code::kBadArgument);
  QuantSpec spec;
  spec.format = WeightFormat::kCodebook;
  CHECK(Quantize(View(w, 4), spec, QuantizeOptions{}).status().code() == Code::kBadArgument);
}

TEST_CASE("importance is cut as groups are") {
  const std::vector<float> columns = {1, 2, 3, 4, 0, 0, 0, 0, 5, 0};
  WeightInfo info;
  info.n = 1;
  info.k = 10;
  info.group = 4;
  const quant::Importance importance(columns, info);
  CHECK(importance.OfGroup(0).data() == columns.data());
  CHECK(importance.OfGroup(0).size() == 4);
  CHECK(importance.OfGroup(1).empty());
  CHECK(importance.OfGroup(2).size() == 2);
  CHECK(quant::Importance({}, info).OfGroup(2).empty());
}

}  // namespace
}  // namespace lutgemm
