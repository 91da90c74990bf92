// Every row on every target this CPU runs, against the oracle, bit for bit.
#include "base/cpu.h"
#include "format/traits.h"
#include "kernels/registry.h"
#include "layout/layout.h"
#include "ref/modes.h"
#include "support/case.h"
#include "support/run.h"
#include "support/sample.h"

#include <set>
#include <string>

namespace lutgemm {
namespace {

using test::Fill;
using test::Random;

struct RowCase {
  std::string_view target;
  const kernels::RowSpec* row;
  WeightInfo info;
  size_t m;
  size_t block;
  Mode mode;
  Elem act = Elem::kF32;
};

size_t DefaultBlock(const RowCase& c) {
  const size_t group = layout::RoundUp(layout::MakeKSpace(c.info).group, 16);
  if (c.mode == Mode::kExact) return c.row->family == "trits" ? c.info.k + 5 : group;
  if (c.row->family == "planes") return c.row->planes == 1 ? 256 : 128;
  if (c.row->family == "triples") return 360;
  if (c.row->family == "fives") return 130;
  return c.row->family == "trits" ? 640 : 1024;
}

std::vector<float> Oracle(const RowCase& c, const QuantizedMatrix& matrix,
                          const std::vector<float>& act) {
  size_t block = c.block != 0 ? c.block : DefaultBlock(c);
  if (c.row->family == "triples") {
    return ref::FastTritsGemm(matrix, act, c.m, layout::RoundUp(block, 60), 3);
  }
  if (c.row->family == "fives") {
    return ref::FastPlanesGemm(matrix, act, c.m, layout::RoundUp(block, 10), 5);
  }
  if (c.row->layout == LayoutId::kTrits) block = layout::RoundUp(block, 80);
  if (c.mode == Mode::kExact) return ref::ExactGemm(matrix, act, c.m, block);
  if (c.row->family == "dot" || c.row->family == "book")
    return ref::FastDotGemm(matrix, act, c.m, block);
  return c.row->family == "trits" ? ref::FastTritsGemm(matrix, act, c.m, block, 5)
                                  : ref::FastPlanesGemm(matrix, act, c.m, block);
}

// One activation in so many is an outlier of its block.
struct Outliers {
  size_t every = 97;
  float factor = 40.0f;
};

void CheckRow(const RowCase& c, uint64_t seed, Fill fill = Fill::kRandom, Outliers outliers = {}) {
  if (!test::Sampled()) return;
  CAPTURE(std::string(c.row->name));
  CAPTURE(std::string(c.target));
  CAPTURE(c.m);
  CAPTURE(c.info.n);
  CAPTURE(c.info.k);
  CAPTURE(c.info.group);
  CAPTURE(c.block);
  CAPTURE(static_cast<int>(c.info.zero));
  CAPTURE(static_cast<int>(c.mode));
  CAPTURE(seed);
  Random random(seed);
  const QuantizedMatrix matrix = test::RandomMatrix(c.info, random, fill);
  std::vector<float> act = random.Normals(c.m * c.info.k);
  for (size_t i = 29 % outliers.every; i < act.size(); i += outliers.every) {
    act[i] *= outliers.factor;
  }
  if (fill == Fill::kAllLow || fill == Fill::kAllHigh) {
    for (float& a : act) a = fill == Fill::kAllHigh ? 1.0f : -1.0f;
  }
  Problem problem;
  problem.m = c.m;
  problem.mode = c.mode;
  problem.block = static_cast<uint32_t>(c.block);
  problem.target = c.target;
  problem.row = c.row->name;
  const Plan plan = test::MustPlan(test::MustPack(matrix, c.row->layout), problem);
  CHECK(plan.row() == c.row->name);
  CHECK(plan.target() == c.target);
  const auto out = test::RunPlan(plan, act, c.m * c.info.n);
  const auto want = Oracle(c, matrix, act);
  const size_t i = test::FirstDifference(out, want);
  if (i < out.size()) {
    FAIL_CHECK("output ", i, " is ", out[i], ", the oracle has ", want[i]);
  }
  if (c.m == 1) return;
  // With the kernels of few tokens that other cores would take.
  base::AssumeLookupsBesideProducts(!base::LookupsBesideProducts());
  const Plan other = test::MustPlan(test::MustPack(matrix, c.row->layout), problem);
  base::AssumeLookupsBesideProducts(std::nullopt);
  CHECK(test::FirstDifference(test::RunPlan(other, act, c.m * c.info.n), want) == want.size());
}

std::vector<WeightFormat> FormatsOf(const kernels::RowSpec& row) {
  if (row.layout == LayoutId::kTrits) return {WeightFormat::kTernary};
  if (row.family == "book") {
    if (row.planes == 3) return {WeightFormat::kBitmod3};
    return {WeightFormat::kBitmod4, WeightFormat::kMxfp4, WeightFormat::kNvfp4, WeightFormat::kNf4,
            WeightFormat::kCodebook};
  }
  switch (row.planes) {
    case 1:
      return {WeightFormat::kInt1};
    case 2:
      return {WeightFormat::kInt2, WeightFormat::kTernary};
    case 3:
      return {WeightFormat::kInt3, WeightFormat::kBfp3};
    case 4:
      return {WeightFormat::kInt4, WeightFormat::kBfp4};
    default:
      return {static_cast<WeightFormat>(static_cast<size_t>(WeightFormat::kBfp5) + row.planes - 5)};
  }
}

// f32 where the format takes it.
Elem ScaleOf(WeightFormat format) {
  return format::TakesScale(format, Elem::kF32) ? Elem::kF32 : format::OwnScale(format);
}

std::vector<Mode> ModesOf(const kernels::RowSpec& row) {
  if (row.modes == kernels::Modes::kFastOnly) return {Mode::kFast};
  if (row.modes == kernels::Modes::kExactOnly) return {Mode::kExact};
  return {Mode::kFast, Mode::kExact};
}

// Calls f with every (row, target, format, mode) that this CPU can run.
template <class F>
size_t ForEachRow(F f) {
  std::set<std::string> ran, supported;
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    for (const kernels::RowSpec& row : kernels::RowSpecs()) {
      if (target->lookup[static_cast<size_t>(row.id)] == nullptr) continue;
      supported.insert(std::string(row.name) + "@" + std::string(target->name));
      for (WeightFormat format : FormatsOf(row)) {
        for (Mode mode : ModesOf(row)) {
          RowCase c{target->name, &row, {}, 1, 0, mode};
          c.info.format = format;
          c.info.scale = ScaleOf(format);
          f(c);
          ran.insert(std::string(row.name) + "@" + std::string(target->name));
        }
      }
    }
  }
  CHECK(ran == supported);
  return ran.size();
}

bool IsWide(std::string_view name) {
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    if (target->name == name) return target->target_class == kernels::TargetClass::kWide;
  }
  return false;
}

RowCase Shaped(RowCase c, size_t m, size_t n, size_t k, uint32_t group) {
  c.m = m;
  c.info.n = n;
  c.info.k = k;
  c.info.group = c.row->layout == LayoutId::kTrits ? kWholeRow : group;
  if (!format::TakesGroup(c.info.format, group)) {
    c.info.group = format::DefaultGroup(c.info.format);
  }
  return c;
}

TEST_CASE("every row equals the oracle around tile sizes and tails") {
  const size_t rows = ForEachRow([](const RowCase& base) {
    uint64_t seed = 1;
    for (size_t m : {size_t{1}, size_t{2}, size_t{5}, size_t{9}, size_t{17}}) {
      CheckRow(Shaped(base, m, 1, 1, kWholeRow), ++seed);
      CheckRow(Shaped(base, m, 31, 67, kWholeRow), ++seed);
      CheckRow(Shaped(base, m, 65, 144, 64), ++seed);
      CheckRow(Shaped(base, m, 130, 83, 32), ++seed);
    }
  });
  MESSAGE(rows, " rows x targets ran");
}

TEST_CASE("every row equals the oracle for small M, N and K") {
  ForEachRow([](const RowCase& base) {
    for (size_t i = 1; i <= 17; ++i) {
      CheckRow(Shaped(base, i, 18 - i, 7 * i, 4), i);
      CheckRow(Shaped(base, 1, i, i, kWholeRow), 100 + i);
    }
  });
}

TEST_CASE("groups that are no multiple of a slice, and finer blocks") {
  ForEachRow([](const RowCase& base) {
    for (uint32_t group : {4u, 12u, 20u, 36u, 100u, 128u}) {
      CheckRow(Shaped(base, 3, 33, 250, group), group);
    }
    RowCase c = Shaped(base, 2, 40, 900, 256);
    for (size_t block : {size_t{16}, size_t{48}, size_t{128}}) {
      c.block = block;
      CheckRow(c, block);
    }
  });
}

TEST_CASE("zero points and scale types") {
  ForEachRow([](const RowCase& base) {
    for (Elem scale : {Elem::kF16, Elem::kBF16, Elem::kU8}) {
      RowCase c = Shaped(base, 5, 37, 200, 64);
      if (!format::TakesScale(c.info.format, scale)) continue;
      c.info.scale = scale;
      CheckRow(c, 7);
      if (!format::TakesGroup(c.info.format, kWholeTensor)) continue;
      c.info.group = kWholeTensor;
      CheckRow(c, 8);
    }
    if (!format::HasZeros(base.info.format)) return;
    for (ZeroKind zero : {ZeroKind::kInteger, ZeroKind::kFloat}) {
      RowCase c = Shaped(base, 9, 45, 300, 64);
      c.info.zero = zero;
      CheckRow(c, 9);
      CheckRow(c, 16, Fill::kFarZeros);
      c.info.scale = Elem::kF16;
      c.info.group = kWholeTensor;
      CheckRow(c, 10);
    }
  });
}

TEST_CASE("many tokens: panels of all K, and of more than the L2 cache takes") {
  ForEachRow([](const RowCase& base) {
    if (base.target == "PORTABLE") return;  // its panels are strips, whatever the tokens
    CheckRow(Shaped(base, 50, 70, 160, 32), 17);
    if (base.row->family != "dot" && base.row->family != "book") return;
    CheckRow(Shaped(base, 49, 1, 8500, 64), 18);
    CheckRow(Shaped(base, 49, 1, 8500, kWholeRow), 19);
  });
}

TEST_CASE("activations that no cache holds: parts of K in turn") {
  ForEachRow([](const RowCase& base) {
    if (!IsWide(base.target)) return;
    if (base.row->family == "dot" || base.row->family == "book") {
      // Outliers too wait for the next part.
      const size_t n = base.row->name == "dot_codes" ? 66 : 2;
      if (base.mode == Mode::kFast) CheckRow(Shaped(base, 100, n, 14400, 128), 25);
      return;
    }
    if (base.row->family == "trits") return;
    if (base.row->family == "planes" && base.row->planes > 1) return;
    CheckRow(Shaped(base, 100, 66, 4200, 128), 23);
    CheckRow(Shaped(base, 103, 3, 4200, kWholeRow), 24);
  });
}

TEST_CASE("as many outliers as a block can have, at any number of tokens") {
  ForEachRow([](const RowCase& base) {
    if (base.row->family != "dot" && base.row->family != "book") return;
    if (base.mode == Mode::kExact) return;
    const Outliers sixth{6, 1e4f};
    for (size_t m : {size_t{1}, size_t{3}, size_t{50}}) {
      CheckRow(Shaped(base, m, 35, 1500, 32), m, Fill::kRandom, sixth);
      CheckRow(Shaped(base, m, 35, 1500, kWholeRow), m + 1, Fill::kRandom, sixth);
    }
    RowCase zeros = Shaped(base, 7, 40, 2100, 64);
    if (!format::HasZeros(base.info.format)) return;
    for (ZeroKind zero : {ZeroKind::kInteger, ZeroKind::kFloat}) {
      zeros.info.zero = zero;
      CheckRow(zeros, 21, Fill::kRandom, sixth);
      CheckRow(zeros, 22, Fill::kFarZeros, sixth);
    }
  });
}

TEST_CASE("extremes: all codes and activations at their ends, long K") {
  ForEachRow([](const RowCase& base) {
    if (base.target == "PORTABLE" && base.mode == Mode::kFast) return;  // covered below, slow
    for (Fill fill : {Fill::kAllLow, Fill::kAllHigh}) {
      CheckRow(Shaped(base, 1, 3, 40000, kWholeRow), 11, fill);
      CheckRow(Shaped(base, 5, 2, 5000, kWholeRow), 12, fill);
    }
    CheckRow(Shaped(base, 2, 33, 20000, kWholeRow), 13);  // longer than one int32 run
    CheckRow(Shaped(base, 7, 70, 1700, kWholeRow), 14);   // longer than a chunk of a panel
    CheckRow(Shaped(base, 3, 70, 1700, 640), 15);
    CheckRow(Shaped(base, 1, 70, 9000, 128), 16);  // several strips share a chunk of tables
  });
}

}  // namespace
}  // namespace lutgemm
