// Every kernel by its name on every target this CPU runs, against the oracle, bit for bit: at its
// declared limits of tokens, with every kind of sums that it says it ends, and refused for others.
#include "base/bits.h"
#include "format/traits.h"
#include "kernels/registry.h"
#include "layout/geometry.h"
#include "ref/blocks.h"
#include "ref/modes.h"
#include "support/case.h"
#include "support/run.h"
#include "support/sample.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace lutgemm {
namespace {

using test::Fill;
using test::Random;

struct KernelCase {
  std::string_view target;
  const kernels::KernelSpec* kernel;
  WeightInfo info;
  size_t m;
  size_t block;
  Mode mode;
  Elem act = Elem::kF32;
};

bool IsProduct(const KernelCase& c) {
  return c.kernel->method == Method::kDot || c.kernel->method == Method::kCodebook;
}

size_t DefaultBlock(const KernelCase& c) {
  const size_t group = base::RoundUp(layout::MakeKSpace(c.info).group, 16);
  if (c.mode == Mode::kExact) return c.kernel->layout == LayoutId::kTrits ? c.info.k + 5 : group;
  return c.kernel->block;
}

// Whether int8 activations come in spans: always with super-groups, and in mode fast where groups
// of up to 64 are whole slices and the problem asks for no finer block; not with integer zeros
// above 112 or of more than four bits.
bool HasSpans(const KernelCase& c, const QuantizedMatrix& w) {
  if (!IsProduct(c)) return false;
  if (c.info.super_group != 0) return true;
  if (c.mode == Mode::kExact || c.block != 0 || c.info.groups() == 1) return false;
  const bool large = !w.zeros.empty() &&
                     (CodeCount(c.info.format) > 16 || *std::ranges::max_element(w.zeros) > 112);
  return c.info.group % 16 == 0 && c.info.group <= 64 && !large;
}

std::vector<float> Oracle(const KernelCase& c, const QuantizedMatrix& matrix,
                          const std::vector<float>& act) {
  const size_t block =
      base::RoundUp(c.block != 0 ? c.block : DefaultBlock(c), c.kernel->block_unit);
  if (HasSpans(c, matrix)) {
    return c.mode == Mode::kExact ? ref::ExactSpanGemm(matrix, act, c.m)
                                  : ref::FastDotSpanGemm(matrix, act, c.m);
  }
  if (c.mode == Mode::kExact) return ref::ExactGemm(matrix, act, c.m, block);
  switch (c.kernel->method) {
    case Method::kLut4:
      return ref::FastPlanesGemm(matrix, act, c.m, block);
    case Method::kLut5:
      return ref::FastPlanesGemm(matrix, act, c.m, block, 5);
    case Method::kTernary5:
      return ref::FastTritsGemm(matrix, act, c.m, block, 5);
    case Method::kTernary3:
      return ref::FastTritsGemm(matrix, act, c.m, block, 3);
    default:
      return ref::FastDotGemm(matrix, act, c.m, block);
  }
}

// Whether the kernel says that it ends such sums; zeros beyond every byte are those of kFarZeros.
bool EndsSums(const KernelCase& c, Fill fill) {
  const uint8_t folds = c.kernel->folds;
  namespace Fold = kernels::Fold;
  if (c.info.super_group != 0 && (folds & Fold::kSpans) == 0) return false;
  if (c.info.zero == ZeroKind::kFloat) return (folds & Fold::kOffsets) != 0;
  if (c.info.zero == ZeroKind::kNone || (folds & Fold::kZeros) != 0) return true;
  return (folds & Fold::kSmallZeros) != 0 && fill != Fill::kFarZeros;
}

// One activation in so many is an outlier of its block.
struct Outliers {
  size_t every = 97;
  float factor = 40.0f;
};

void Check(KernelCase c, uint64_t seed, Fill fill = Fill::kRandom, Outliers outliers = {}) {
  if (!test::Sampled()) return;
  c.m = std::max(c.m, c.kernel->least_tokens);
  if (c.kernel->most_tokens != 0) c.m = std::min(c.m, c.kernel->most_tokens);
  CAPTURE(std::string(c.kernel->name));
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
  problem.kernel = c.kernel->name;
  const PackedWeights packed = test::MustPack(matrix, c.kernel->layout);
  if (!EndsSums(c, fill)) {
    CHECK(MakePlan(packed, problem).status().code() == Code::kNoKernel);
    return;
  }
  const Plan plan = test::MustPlan(packed, problem);
  CHECK(plan.kernel() == c.kernel->name);
  CHECK(plan.method() == c.kernel->method);
  CHECK(plan.regime() == c.kernel->regime);
  CHECK(plan.target() == c.target);
  const auto out = test::RunPlan(plan, act, c.m * c.info.n);
  const auto want = Oracle(c, matrix, act);
  const size_t i = test::FirstDifference(out, want);
  if (i < out.size()) {
    FAIL_CHECK("output ", i, " is ", out[i], ", the oracle has ", want[i]);
  }
}

std::vector<WeightFormat> FormatsOf(const kernels::KernelSpec& kernel) {
  std::vector<WeightFormat> formats;
#define LUTGEMM_SERVES(kernel_name, format) \
  if (kernel.name == #kernel_name) formats.push_back(WeightFormat::format);
#include "kernels/gen/serves.inc"
#undef LUTGEMM_SERVES
  return formats;
}

// f32 where the format takes it.
Elem ScaleOf(WeightFormat format) {
  return format::TakesScale(format, Elem::kF32) ? Elem::kF32 : format::OwnScale(format);
}

std::vector<Mode> ModesOf(const kernels::KernelSpec& kernel) {
  if (kernel.modes == kernels::Modes::kFastOnly) return {Mode::kFast};
  if (kernel.modes == kernels::Modes::kExactOnly) return {Mode::kExact};
  return {Mode::kFast, Mode::kExact};
}

// Calls f with every (kernel, target, format, mode) that this CPU can run.
template <class F>
size_t ForEachKernel(F f) {
  std::set<std::string> ran, supported;
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    for (const kernels::KernelSpec& kernel : kernels::Kernels()) {
      if (!target->Has(kernel)) continue;
      supported.insert(std::string(kernel.name) + "@" + std::string(target->name));
      for (WeightFormat format : FormatsOf(kernel)) {
        for (Mode mode : ModesOf(kernel)) {
          KernelCase c{target->name, &kernel, {}, 1, 0, mode};
          c.info.format = format;
          c.info.scale = ScaleOf(format);
          f(c);
          ran.insert(std::string(kernel.name) + "@" + std::string(target->name));
        }
      }
    }
  }
  CHECK(ran == supported);
  return ran.size();
}

bool IsWide(std::string_view name) {
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    if (target->name == name) return target->traits.table_entries >= 64;
  }
  return false;
}

KernelCase Shaped(KernelCase c, size_t m, size_t n, size_t k, uint32_t group) {
  c.m = m;
  c.info.n = n;
  c.info.k = k;
  c.info.group = c.kernel->layout == LayoutId::kTrits ? kWholeRow : group;
  if (!format::TakesGroup(c.info.format, group)) {
    c.info.group = format::DefaultGroup(c.info.format);
  }
  return c;
}

TEST_CASE("targets have the kernels that the spec gives them") {
  std::set<std::pair<std::string, std::string>> want, have;
#define LUTGEMM_HAS(target, kernel) want.insert({#target, #kernel});
#include "kernels/gen/has.inc"
#undef LUTGEMM_HAS
  std::set<std::string> supported;
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    supported.insert(std::string(target->name));
    for (const kernels::KernelSpec& kernel : kernels::Kernels()) {
      if (target->Has(kernel)) have.insert({std::string(target->name), std::string(kernel.name)});
    }
  }
  std::erase_if(want, [&](const auto& pair) { return !supported.contains(pair.first); });
  CHECK(have == want);
}

TEST_CASE("every kernel equals the oracle around tile sizes and tails") {
  const size_t count = ForEachKernel([](const KernelCase& base) {
    uint64_t seed = 1;
    for (size_t m : {size_t{1}, size_t{2}, size_t{5}, size_t{9}, size_t{17}}) {
      Check(Shaped(base, m, 1, 1, kWholeRow), ++seed);
      Check(Shaped(base, m, 31, 67, kWholeRow), ++seed);
      Check(Shaped(base, m, 65, 144, 64), ++seed);
      Check(Shaped(base, m, 130, 83, 32), ++seed);
    }
  });
  MESSAGE(count, " kernels x targets ran");
}

TEST_CASE("every kernel equals the oracle for small M, N and K") {
  ForEachKernel([](const KernelCase& base) {
    for (size_t i = 1; i <= 17; ++i) {
      Check(Shaped(base, i, 18 - i, 7 * i, 4), i);
      Check(Shaped(base, 1, i, i, kWholeRow), 100 + i);
    }
  });
}

TEST_CASE("groups that are no multiple of a slice, and finer blocks") {
  ForEachKernel([](const KernelCase& base) {
    for (uint32_t group : {4u, 12u, 20u, 36u, 100u, 128u}) {
      Check(Shaped(base, 3, 33, 250, group), group);
    }
    KernelCase c = Shaped(base, 2, 40, 900, 256);
    for (size_t block : {size_t{16}, size_t{48}, size_t{128}}) {
      c.block = block;
      Check(c, block);
    }
  });
}

TEST_CASE("zero points and scale types") {
  ForEachKernel([](const KernelCase& base) {
    for (Elem scale : {Elem::kF16, Elem::kBF16, Elem::kU8}) {
      KernelCase c = Shaped(base, 5, 37, 200, 64);
      if (!format::TakesScale(c.info.format, scale)) continue;
      c.info.scale = scale;
      Check(c, 7);
      if (!format::TakesGroup(c.info.format, kWholeTensor)) continue;
      c.info.group = kWholeTensor;
      Check(c, 8);
    }
    if (!format::HasZeros(base.info.format)) return;
    for (ZeroKind zero : {ZeroKind::kInteger, ZeroKind::kFloat}) {
      KernelCase c = Shaped(base, 9, 45, 300, 64);
      c.info.zero = zero;
      Check(c, 9);
      Check(c, 16, Fill::kFarZeros);
      c.info.scale = Elem::kF16;
      c.info.group = kWholeTensor;
      Check(c, 10);
    }
  });
}

// Super-groups of `groups` groups of `group`, outliers and tails included.
void CheckSuperGroups(const KernelCase& base, uint32_t group, uint32_t groups, uint64_t seed) {
  for (const size_t m : {size_t{1}, size_t{3}, size_t{50}}) {
    KernelCase c = Shaped(base, m, 70, 900, group);
    c.info.super_group = group * groups;
    for (const Elem scale : {Elem::kU8, Elem::kI8}) {
      c.info.scale = scale;
      c.info.factor = scale == Elem::kU8 ? Elem::kF16 : Elem::kF32;
      for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kFloat}) {
        c.info.zero = zero;
        // Groups as k-quants have them at any number of tokens, others where all is at work.
        const bool usual = group * groups == 256;
        const bool least = zero == ZeroKind::kNone && format::HasZeros(c.info.format);
        if (!usual && (m != 50 || scale == Elem::kI8 || least)) continue;
        if (!format::TakesSuperGroups(c.info)) continue;
        if (zero == ZeroKind::kFloat && !format::HasZeros(c.info.format)) continue;
        Check(c, ++seed);
        // Products of a code and a scale that are bytes, of which some kernels make one group.
        KernelCase merged = c;
        merged.info.factor = Elem::kF16;
        if (usual) Check(merged, seed, Fill::kSmallScales);
      }
    }
  }
}

TEST_CASE("super-groups") {
  ForEachKernel([](const KernelCase& base) {
    if (base.kernel->layout == LayoutId::kTrits) return;
    CheckSuperGroups(base, 16, 16, 31);
    CheckSuperGroups(base, 32, 8, 32);
    CheckSuperGroups(base, 48, 1, 33);
    CheckSuperGroups(base, 128, 32, 34);
  });
}

TEST_CASE("many tokens: panels of all K, and of more than the L2 cache takes") {
  ForEachKernel([](const KernelCase& base) {
    if (base.target == "PORTABLE") return;  // its panels are strips, whatever the tokens
    Check(Shaped(base, 50, 70, 160, 32), 17);
    if (!IsProduct(base)) return;
    Check(Shaped(base, 49, 1, 8500, 64), 18);
    Check(Shaped(base, 49, 1, 8500, kWholeRow), 19);
  });
}

TEST_CASE("no tile of tokens has fewer than the kernel can do") {
  ForEachKernel([](const KernelCase& base) {
    if (base.kernel->least_tokens > 1) Check(Shaped(base, 25, 2, 60000, kWholeRow), 26);
  });
}

TEST_CASE("activations that no cache holds: parts of K in turn") {
  ForEachKernel([](const KernelCase& base) {
    if (!IsWide(base.target) || !base.kernel->parts) return;
    if (IsProduct(base)) {
      // Outliers too wait for the next part.
      const size_t n =
          base.kernel->method == Method::kDot && base.kernel->layout == LayoutId::kCodes ? 66 : 2;
      if (base.mode == Mode::kFast) Check(Shaped(base, 100, n, 14400, 128), 25);
      return;
    }
    if (base.kernel->method == Method::kTernary5) return;
    if (base.kernel->method == Method::kLut4 && base.kernel->planes > 1) return;
    Check(Shaped(base, 100, 66, 4200, 128), 23);
    Check(Shaped(base, 103, 3, 4200, kWholeRow), 24);
  });
}

TEST_CASE("as many outliers as a block can have, at any number of tokens") {
  ForEachKernel([](const KernelCase& base) {
    if (!IsProduct(base)) return;
    if (base.mode == Mode::kExact) return;
    const Outliers sixth{6, 1e4f};
    for (size_t m : {size_t{1}, size_t{3}, size_t{50}}) {
      Check(Shaped(base, m, 35, 1500, 32), m, Fill::kRandom, sixth);
      Check(Shaped(base, m, 35, 1500, kWholeRow), m + 1, Fill::kRandom, sixth);
    }
    KernelCase zeros = Shaped(base, 7, 40, 2100, 64);
    if (!format::HasZeros(base.info.format)) return;
    for (ZeroKind zero : {ZeroKind::kInteger, ZeroKind::kFloat}) {
      zeros.info.zero = zero;
      Check(zeros, 21, Fill::kRandom, sixth);
      Check(zeros, 22, Fill::kFarZeros, sixth);
    }
  });
}

TEST_CASE("extremes: all codes and activations at their ends, long K") {
  ForEachKernel([](const KernelCase& base) {
    if (base.target == "PORTABLE" && base.mode == Mode::kFast) return;  // covered below, slow
    for (Fill fill : {Fill::kAllLow, Fill::kAllHigh}) {
      Check(Shaped(base, 1, 3, 40000, kWholeRow), 11, fill);
      Check(Shaped(base, 5, 2, 5000, kWholeRow), 12, fill);
    }
    Check(Shaped(base, 2, 33, 20000, kWholeRow), 13);  // longer than one int32 run
    Check(Shaped(base, 7, 70, 1700, kWholeRow), 14);   // longer than a chunk of a panel
    Check(Shaped(base, 3, 70, 1700, 640), 15);
    Check(Shaped(base, 1, 70, 9000, 128), 16);  // several strips share a chunk of tables
  });
}

}  // namespace
}  // namespace lutgemm
