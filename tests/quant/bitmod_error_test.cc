// The error of BitMoD and of what it is compared with on three distributions, digit by digit. The
// figures are those of an independent float64 implementation.
#include "bitmod_kit.h"
#include "support/nmse.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace lutgemm {
namespace {

using test::FloatSpec;
using test::FormatOf;
using test::MustQuantize;
using test::Nmse;
using test::View;

// The experiment's three sets of 131072 weights in groups of 128.
using Samples = std::vector<float>;
const Samples& Set(size_t which) {
  static const Samples kSets[] = {test::SplitMixGaussian(131072), test::SplitMixStudent(131072),
                                  test::SplitMixLaplace(131072)};
  return kSets[which];
}

TEST_CASE("the samples are those of the experiment") {
  const double first[3][2] = {
      {-0.0282497461, -0.2279195229}, {0.2462342252, 0.7375742453}, {-1.4832428722, 0.5118044813}};
  for (size_t set = 0; set < 3; ++set) {
    for (size_t i = 0; i < 2; ++i) {
      CHECK(Set(set)[i] == doctest::Approx(first[set][i]).epsilon(1e-7));
    }
  }
}

struct Row {
  const char* name;
  QuantSpec spec;
  double nmse[3];  // Gaussian, Student-t with 4 degrees of freedom, Laplace
};

QuantSpec Spec(WeightFormat format, uint32_t group, ZeroKind zero = ZeroKind::kNone) {
  QuantSpec spec;
  spec.format = format;
  spec.group = group;
  spec.zero = zero;
  spec.scale = format == WeightFormat::kMxfp4 ? Elem::kE8m0 : Elem::kF32;
  return spec;
}

const Row kRows[] = {
    {"INT3 symmetric",
     Spec(WeightFormat::kInt3, 128),
     {7.50499767e-2, 1.73712346e-1, 1.26130238e-1}},
    {"INT3 asymmetric",
     Spec(WeightFormat::kInt3, 128, ZeroKind::kInteger),
     {4.62766589e-2, 9.30709911e-2, 7.54788002e-2}},
    {"BitMoD 3", Spec(WeightFormat::kBitmod3, 128), {3.80126016e-2, 6.32274769e-2, 5.03855287e-2}},
    {"INT4 symmetric",
     Spec(WeightFormat::kInt4, 128),
     {1.37273318e-2, 3.79721371e-2, 2.57101510e-2}},
    {"INT4 asymmetric",
     Spec(WeightFormat::kInt4, 128, ZeroKind::kInteger),
     {1.01109779e-2, 2.11725193e-2, 1.71532909e-2}},
    {"BitMoD 4", Spec(WeightFormat::kBitmod4, 128), {9.54225842e-3, 1.28139797e-2, 1.13771815e-2}},
    {"MXFP4", Spec(WeightFormat::kMxfp4, 32), {1.31518970e-2, 1.72669551e-2, 1.62501142e-2}},
};

TEST_CASE(
    "error of each format on Gaussian, Student-t and Laplace weights, to all printed digits") {
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    for (size_t set = 0; set < 3; ++set) {
      CAPTURE(set);
      const QuantizedMatrix matrix = MustQuantize(View(Set(set), 1024), row.spec);
      CHECK(Nmse(matrix, Set(set)) == doctest::Approx(row.nmse[set]).epsilon(1e-6));
    }
  }
}

// One table of values per row, as a codebook of the caller's or as some of BitMoD's tables.
double NmseOfTables(const Samples& samples, const Codebook& book, std::vector<uint8_t> tables,
                    size_t group) {
  QuantSpec spec = FloatSpec(WeightFormat::kCodebook, 128);
  const quant::Rounder rounder(spec, book);
  double error = 0, power = 0;
  for (size_t i = 0; i < samples.size(); i += group) {
    const std::span<const float> weights(&samples[i], group);
    float largest = 0;
    for (const float w : weights) largest = std::max(largest, std::fabs(w));
    double least = HUGE_VAL;
    for (const uint8_t table : tables) {
      const double scale = largest / quant::MakeLevels(book, table).largest;
      least = std::min(least, rounder.SquaredError({weights}, {scale, table, 0}));
    }
    error += least;
    for (const float w : weights) power += double(w) * w;
  }
  return error / power;
}

TEST_CASE("error of the parts that BitMoD is made of") {
  const std::vector<float> fp3 = {0, 1, 2, 4, -1, -2, -4};
  std::vector<float> fp4;
  for (const float v : {0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f}) {
    fp4.push_back(v);
    fp4.push_back(-v);
  }
  fp4.push_back(0);
  const Codebook three = FixedCodebook(WeightFormat::kBitmod3);
  const Codebook four = FixedCodebook(WeightFormat::kBitmod4);
  struct Part {
    const char* name;
    Codebook book;
    std::vector<uint8_t> tables;
    size_t group;
    double nmse[3];
  };
  const Part parts[] = {
      {"FP3", *MakeCodebook(fp3), {0}, 128, {5.67556086e-2, 1.13859402e-1, 8.55922999e-2}},
      {"FP3-ER", three, {0, 1}, 128, {4.70688549e-2, 1.08112638e-1, 7.76852947e-2}},
      {"FP3-EA", three, {2, 3}, 128, {3.85908958e-2, 6.32534481e-2, 5.04467974e-2}},
      {"FP4", *MakeCodebook(fp4), {0}, 128, {1.17958747e-2, 1.77945769e-2, 1.46486650e-2}},
      {"FP4-ER", four, {0, 1}, 128, {9.86222749e-3, 1.65298088e-2, 1.30058052e-2}},
      {"FP4-EA", four, {2, 3}, 128, {1.15612618e-2, 1.34909178e-2, 1.25700311e-2}},
      {"FP4 in groups of 16",
       *MakeCodebook(fp4),
       {0},
       16,
       {8.86034567e-3, 8.10869591e-3, 8.39521539e-3}},
  };
  for (const Part& part : parts) {
    CAPTURE(part.name);
    for (size_t set = 0; set < 3; ++set) {
      CAPTURE(set);
      CHECK(NmseOfTables(Set(set), part.book, part.tables, part.group) ==
            doctest::Approx(part.nmse[set]).epsilon(1e-6));
    }
  }
}

TEST_CASE("how often each special value is chosen") {
  const size_t chosen[2][3][4] = {
      {{73, 91, 444, 416}, {8, 2, 514, 500}, {11, 11, 491, 511}},
      {{393, 374, 122, 135}, {195, 139, 348, 342}, {272, 204, 253, 295}}};
  for (unsigned bits : {3u, 4u}) {
    for (size_t set = 0; set < 3; ++set) {
      CAPTURE(bits);
      CAPTURE(set);
      const auto matrix = MustQuantize(View(Set(set), 1024), FloatSpec(FormatOf(bits), 128));
      for (size_t type = 0; type < 4; ++type) {
        CHECK(static_cast<size_t>(std::count(matrix.selectors.begin(), matrix.selectors.end(),
                                             type)) == chosen[bits - 3][set][type]);
      }
    }
  }
}

TEST_CASE("8-bit scales with a factor per row of 4096 cost less than 0.05 % of the error") {
  const double want[] = {3.80162921e-2, 9.54289730e-3};
  for (unsigned bits : {3u, 4u}) {
    const auto matrix = MustQuantize(View(Set(0), 32), DefaultSpec(FormatOf(bits)));
    CHECK(matrix.info.scale == Elem::kU8);
    CHECK(matrix.factors.size() == 32);
    CHECK(Nmse(matrix, Set(0)) == doctest::Approx(want[bits - 3]).epsilon(1e-6));
    for (size_t row = 0; row < 32; ++row) {
      const auto first = matrix.scales.begin() + static_cast<ptrdiff_t>(row * 32);
      CHECK(*std::max_element(first, first + 32) == 255);
      CHECK(*std::min_element(first, first + 32) >= 1);
    }
  }
}

TEST_CASE("the grid of scales lowers the error by 9 to 13 %") {
  const Samples part(Set(0).begin(), Set(0).begin() + 16384);
  const double want[] = {3.311e-2, 8.606e-3};
  for (unsigned bits : {3u, 4u}) {
    QuantSpec spec = FloatSpec(FormatOf(bits), 128);
    const double plain = Nmse(MustQuantize(View(part, 128), spec), part);
    spec.scale_search = true;
    const double searched = Nmse(MustQuantize(View(part, 128), spec), part);
    CHECK(searched == doctest::Approx(want[bits - 3]).epsilon(1e-3));
    CHECK(searched < 0.911 * plain);
  }
}

}  // namespace
}  // namespace lutgemm
