// What a search with importance chooses, held against all candidates of docs/formats.md, computed
// here anew.
#include "format/facts.h"
#include "format/minifloat.h"
#include "importance_kit.h"

#include <algorithm>
#include <limits>

namespace lutgemm {
namespace {

using namespace test;

constexpr size_t kRows = 5, kCols = 100;

// One way to store a group: its values in ascending order.
using Values = std::vector<double>;

Values Steps(double scale, double offset, int low, int high) {
  Values values;
  for (int r = low; r <= high; ++r) values.push_back(scale * r + offset);
  return values;
}

double LeastError(const Values& values, std::span<const float> w, std::span<const float> weighing) {
  double sum = 0;
  for (size_t i = 0; i < w.size(); ++i) {
    double least = std::numeric_limits<double>::infinity();
    for (const double value : values) least = std::min(least, std::fabs(w[i] - value));
    sum += weighing[i] * least * least;
  }
  return sum;
}

// What the search of ints and ternary may choose, with f32 scales.
Values IntValues(const QuantSpec& spec, std::span<const float> w, double factor) {
  const int last = (1 << CodeBits(spec.format)) - 1;
  const double min = *std::ranges::min_element(w), max = *std::ranges::max_element(w);
  double mean = 0;
  for (const float v : w) mean += std::fabs(v) / static_cast<double>(w.size());
  const auto stored = [](double x) { return static_cast<double>(static_cast<float>(x)); };
  if (spec.format == WeightFormat::kInt1) return {-stored(mean * factor), stored(mean * factor)};
  if (spec.format == WeightFormat::kTernary) return Steps(stored(mean * factor), 0, -1, 1);
  if (spec.zero == ZeroKind::kFloat) {
    const double scale = stored((max - min) * factor / last);
    return Steps(scale, stored(min + (max - min) * (1 - factor) / 2), 0, last);
  }
  if (spec.zero == ZeroKind::kInteger) {
    const double scale = stored((std::max(max, 0.0) - std::min(min, 0.0)) * factor / last);
    const int zero = static_cast<int>(
        std::nearbyint(std::min(-std::min(min, 0.0) * factor / scale, 1.0 * last)));
    return Steps(scale, 0, -zero, last - zero);
  }
  const double scale = stored(std::max(max, -min) * factor / (last / 2));
  return Steps(scale, 0, -(last + 1) / 2, last / 2);
}

std::vector<Values> IntCandidates(const QuantSpec& spec, std::span<const float> w) {
  std::vector<Values> all = {IntValues(spec, w, 1)};
  const auto& [least, most] = format::FactsOf(spec.format).search;
  for (int i = 0; i <= 60; ++i) {
    all.push_back(IntValues(spec, w, least + (most - least) * i / 60));
  }
  return all;
}

std::vector<Values> BookCandidates(const QuantSpec& spec, std::span<const float> w,
                                   double tensor_factor) {
  const Codebook book = FixedCodebook(spec.format);
  double largest = 0;
  for (const float v : w) largest = std::max<double>(largest, std::fabs(v));
  std::vector<double> scales;
  std::vector<Values> all;
  for (unsigned table = 0; table < book.tables; ++table) {
    Values values;
    for (unsigned q = 0; q < book.codes; ++q) values.push_back(book.unit * book.values[table][q]);
    const double most =
        std::max(*std::ranges::max_element(values), -*std::ranges::min_element(values));
    scales.clear();
    if (spec.scale == Elem::kE8m0) {
      const int exponent = std::ilogb(largest) - 2;
      for (const int step : {-1, 0, 1}) scales.push_back(std::ldexp(1.0, exponent + step));
    } else if (spec.scale == Elem::kE4m3) {
      const auto code =
          static_cast<int>(format::MiniFloatCode(format::kE4M3, largest / 6 / tensor_factor));
      for (int step = -4; step <= 1; ++step) {
        scales.push_back(tensor_factor *
                         format::MiniFloatValue(format::kE4M3, static_cast<unsigned>(code + step)));
      }
    } else {
      for (int i = 0; i <= 10; ++i) scales.push_back(largest / most * (1 - 0.03 * i));
    }
    for (const double scale : scales) {
      all.push_back(values);
      for (double& value : all.back()) value *= scale;
    }
  }
  return all;
}

std::vector<Values> BfpCandidates(const QuantSpec& spec, std::span<const float> w) {
  double largest = 0;
  for (const float v : w) largest = std::max<double>(largest, std::fabs(v));
  const int bits = static_cast<int>(CodeBits(spec.format));
  const int most = (1 << (bits - 1)) - 1;
  std::vector<Values> all;
  for (const int step : {-1, 0, 1}) {
    const double unit = std::ldexp(1.0, std::ilogb(largest) + step - (bits - 2));
    all.push_back(Steps(unit, 0, -most, most));
  }
  return all;
}

std::vector<Values> Candidates(const QuantSpec& spec, std::span<const float> w, double factor) {
  if (spec.scale == Elem::kE8m0 && spec.format != WeightFormat::kMxfp4) {
    return BfpCandidates(spec, w);
  }
  return FixedCodebook(spec.format).codes == 0 ? IntCandidates(spec, w)
                                               : BookCandidates(spec, w, factor);
}

TEST_CASE("what is chosen has the least weighed error of all candidates") {
  constexpr uint64_t kSeed = 32;
  CAPTURE(kSeed);
  Random random(kSeed);
  const std::vector<float> w = random.Normals(kRows * kCols);
  const std::vector<float> importance = Energies(random, kCols);
  for (QuantSpec spec : Searches(32)) {
    CAPTURE(Name(spec.format));
    CAPTURE(Name(spec.zero));
    if (spec.scale == Elem::kF16) spec.scale = Elem::kF32;
    const QuantizedMatrix matrix = MustQuantize(View(w, kRows), spec, {.importance = importance});
    for (size_t row = 0; row < kRows; ++row) {
      for (size_t g = 0; g < matrix.info.groups(); ++g) {
        const size_t begin = matrix.info.group_begin(g), end = matrix.info.group_end(g);
        const std::span<const float> group(&w[row * kCols + begin], end - begin);
        const auto weighing = std::span(importance).subspan(begin, end - begin);
        double chosen = 0;
        for (size_t col = begin; col < end; ++col) {
          const double error = w[row * kCols + col] - matrix.Value(row, col);
          chosen += importance[col] * error * error;
        }
        double least = std::numeric_limits<double>::infinity();
        for (const Values& values : Candidates(spec, group, matrix.Factor(row) * 2)) {
          least = std::min(least, LeastError(values, group, weighing));
        }
        // Codebooks choose before a scale is rounded to f32.
        CHECK(chosen == doctest::Approx(least).epsilon(1e-5));
      }
    }
  }
}

}  // namespace
}  // namespace lutgemm
