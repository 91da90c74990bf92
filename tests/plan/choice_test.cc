// The choice by cost: which kernels may run, and what their calls are predicted to take.
#include "plan/choice_kit.h"

#include <cmath>
#include <string>

namespace lutgemm {
namespace {

using kernels::KernelSpec;
using plan::CoreId;
using plan::Machine;
using test::FactsOf;
using test::Kernel;

plan::CostFacts Square(size_t m, Mode mode = Mode::kFast) {
  plan::CostFacts facts;
  facts.mode = mode;
  facts.m = m, facts.n = facts.k = 4096, facts.group = 128;
  facts.weight_bytes = 4096 * 4096 / 2;
  facts.l2_bytes = 1 << 20, facts.l3_bytes = 32 << 20;
  facts.parts = true;
  return facts;
}

TEST_CASE("cores stand for their vendor's generations, the Xeon for all others") {
  using base::CpuVendor;
  CHECK(plan::CoreOf({CpuVendor::kIntel, 6, 207}) == CoreId::kXeon);
  CHECK(plan::CoreOf({CpuVendor::kOther, 0, 0}) == CoreId::kXeon);
  CHECK(plan::CoreOf({CpuVendor::kAmd, 0x17, 0x31}) == CoreId::kZen4);
  CHECK(plan::CoreOf({CpuVendor::kAmd, 0x19, 0x11}) == CoreId::kZen4);
  CHECK(plan::CoreOf({CpuVendor::kAmd, 0x1a, 0x02}) == CoreId::kZen5);
  CHECK(plan::CoreOf({CpuVendor::kAmd, 0x1b, 0x00}) == CoreId::kZen5);
}

TEST_CASE("a regime decodes weights once a token, once a register tile, or once a tile of tokens") {
  const double weights = 4096.0 * 4096.0;
  CHECK(plan::WorkOf(Kernel("lut4_gemv_fast_b2"), Square(9)).weights == 9 * weights);
  CHECK(plan::WorkOf(Kernel("lut4_small_m_fast_b2"), Square(9)).weights == 2 * weights);
  CHECK(plan::WorkOf(Kernel("dot_small_m_planes_b2"), Square(9)).weights == 3 * weights);
  CHECK(plan::WorkOf(Kernel("dot_small_m_codes"), Square(13)).weights == 2 * weights);
  CHECK(plan::WorkOf(Kernel("ternary5_small_m_fast"), Square(9)).weights == 5 * weights);
  CHECK(plan::WorkOf(Kernel("ternary5_small_m_exact"), Square(9)).weights == 9 * weights);
  CHECK(plan::WorkOf(Kernel("dot_gemm_planes_b2"), Square(9)).weights == weights);
  // 5/8 MiB hold 160 tokens of 4096 bytes: 156 are whole register tiles, parts of K make it more.
  plan::CostFacts many = Square(264, Mode::kExact);
  CHECK(plan::WorkOf(Kernel("dot_gemm_planes_b2"), many).weights == 2 * weights);
  many.parts = false;
  CHECK(plan::WorkOf(Kernel("lut4_gemm_exact_b1"), many).weights == 11 * weights);
}

TEST_CASE("packed activations spill where tiles of tokens exceed five eighths of the L2 cache") {
  plan::CostFacts facts = Square(24, Mode::kExact);
  const double tables = 24 * 4096 / 5.0 * 256, budget = (1 << 20) * 5 / 8.0;
  CHECK(plan::WorkOf(Kernel("ternary5_small_m_exact"), facts).spills ==
        doctest::Approx((tables - budget) * 4096 / 64));
  CHECK(plan::WorkOf(Kernel("dot_gemm_trits"), facts).spills == 0);
  facts.m = 3;
  CHECK(plan::WorkOf(Kernel("ternary5_small_m_exact"), facts).spills == 0);
}

TEST_CASE("folds follow the shorter of weight group and block of activations") {
  plan::CostFacts facts = Square(2);
  CHECK(plan::WorkOf(Kernel("lut4_gemv_fast_b1"), facts).folds == 2 * 4096.0 * 32);
  facts.group = 4096;
  CHECK(plan::WorkOf(Kernel("lut4_gemv_fast_b1"), facts).folds == 2 * 4096.0 * 16);
  CHECK(plan::WorkOf(Kernel("dot_gemm_planes_b2"), facts).folds == 2 * 4096.0 * 4);
  facts.mode = Mode::kExact;
  CHECK(plan::WorkOf(Kernel("dot_gemm_planes_b2"), facts).folds == 2 * 4096.0);
  facts.block = 64;
  CHECK(plan::WorkOf(Kernel("dot_gemm_planes_b2"), facts).folds == 2 * 4096.0 * 64);
}

TEST_CASE("weights lie in the smallest cache whose half holds them") {
  plan::CostFacts facts = Square(1);
  CHECK(plan::LevelOf(facts) == plan::Level::kL3);
  facts.weight_bytes = 512 << 10;
  CHECK(plan::LevelOf(facts) == plan::Level::kL2);
  facts.weight_bytes = (16 << 20) + 1;
  CHECK(plan::LevelOf(facts) == plan::Level::kDram);
}

TEST_CASE("predicted time is work times coefficients, and reading besides") {
  const plan::Work work = plan::WorkOf(Kernel("lut4_gemv_fast_b2"), Square(1));
  plan::Coefficients cost;
  cost.weight = 0.5f, cost.near = cost.far = 0.0f;
  const plan::Pace near{1.0f, false}, far{1.0f, true};
  const double weights = 4096.0 * 4096.0;
  CHECK(Nanoseconds(cost, work, ZeroKind::kNone, near) == weights / 2);
  cost.point_weight = 0.25f, cost.offset_fold = 16.0f;
  CHECK(Nanoseconds(cost, work, ZeroKind::kInteger, near) == weights * 0.75);
  CHECK(Nanoseconds(cost, work, ZeroKind::kFloat, near) == weights * 0.5 + work.folds * 16);
  cost = {};
  cost.near = 2.0f, cost.far = 3.0f;  // nothing but reading
  CHECK(Nanoseconds(cost, work, ZeroKind::kNone, near) == 2 * work.bytes);
  CHECK(Nanoseconds(cost, work, ZeroKind::kNone, far) == 3 * work.bytes);
  cost.weight = float(work.bytes / work.weights);  // half as long as reading: root of 1 + 4
  CHECK(Nanoseconds(cost, work, ZeroKind::kNone, near) ==
        doctest::Approx(std::sqrt(5.0) * work.bytes));
}

TEST_CASE("only what a strip's first read of its weights goes with overlaps with reading") {
  CHECK(plan::WorkOf(Kernel("dot_gemv_codes"), Square(4)).beside == 0.25);
  CHECK(plan::WorkOf(Kernel("dot_small_m_codes"), Square(12)).beside == 1.0);
  CHECK(plan::WorkOf(Kernel("dot_small_m_codes"), Square(13)).beside == 0.5);
  CHECK(plan::WorkOf(Kernel("ternary5_small_m_exact"), Square(8)).beside == 1.0);
  CHECK(plan::WorkOf(Kernel("dot_gemm_codes"), Square(512)).beside == 1.0);
  plan::Work work;
  work.weights = 4.0, work.bytes = 3.0, work.beside = 0.5;
  plan::Coefficients cost;
  cost.weight = 2.0f;  // four beside a reading of three, and four more
  CHECK(Nanoseconds(cost, work, ZeroKind::kNone, {1.0f, false}) == doctest::Approx(5.0 + 4.0));
}

TEST_CASE("weights that the L3 cache could hold count as if from there and from DRAM alike") {
  const plan::Machine machine = plan::PinnedMachine(CoreId::kXeon, "AVX2");
  plan::ProductFacts facts{machine, {LayoutId::kCodes}, Square(1)};
  const KernelSpec& kernel = Kernel("dot_gemv_codes");
  const auto ns = [&](size_t l2, size_t l3) {
    facts.cost.l2_bytes = l2, facts.cost.l3_bytes = l3;
    return ChooseKernel(facts, &kernel).best.ns;
  };
  const double dram = ns(0, 0), both = ns(0, size_t{1} << 30);
  const plan::Coefficients& cost =
      *plan::CostTable::Of(CoreId::kXeon, "AVX2").Find(kernel.id, Mode::kFast);
  const plan::Pace l3{plan::NanosecondsPerByte(CoreId::kXeon, plan::Level::kL3), false};
  const double near = Nanoseconds(cost, plan::WorkOf(kernel, facts.cost), ZeroKind::kNone, l3);
  CHECK(near < both);
  CHECK(both < dram);
  CHECK(both == doctest::Approx(std::sqrt(near * dram)));
}

TEST_CASE("weights that differ in outputs alone take one kernel, whose tables they share") {
  using test::FormatInfo;
  const std::pair<WeightFormat, LayoutId> all[] = {{WeightFormat::kInt1, LayoutId::kPlanes},
                                                   {WeightFormat::kInt2, LayoutId::kPlanes},
                                                   {WeightFormat::kInt4, LayoutId::kCodes},
                                                   {WeightFormat::kTernary, LayoutId::kTrits},
                                                   {WeightFormat::kMxfp4, LayoutId::kCodes}};
  for (const std::string_view target : {"AVX3_DL", "AVX2"}) {
    const plan::Machine machine = plan::PinnedMachine(CoreId::kXeon, target);
    for (const auto& [format, layout] : all) {
      Problem problem;
      for (problem.m = 1; problem.m <= 96; ++problem.m) {
        CAPTURE(problem.m);
        const auto one = test::Take(FormatInfo(format, 1024, 4096), layout, problem, machine);
        for (const size_t n : {size_t{1}, size_t{100}, size_t{14336}}) {
          CHECK(test::Take(FormatInfo(format, n, 4096), layout, problem, machine) == one);
        }
      }
    }
  }
}

TEST_CASE("every kernel that a target has was priced, on every core and in its modes") {
  for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
    for (size_t core = 0; core < plan::kCoreCount; ++core) {
      const auto& table = plan::CostTable::Of(static_cast<CoreId>(core), target->name);
      for (const KernelSpec& kernel : kernels::Kernels()) {
        if (!target->Has(kernel)) continue;
        CAPTURE(std::string(target->name));
        CAPTURE(std::string(kernel.name));
        const bool fast = kernel.modes != kernels::Modes::kExactOnly;
        const bool exact = kernel.modes != kernels::Modes::kFastOnly;
        CHECK((table.Find(kernel.id, Mode::kFast) != nullptr) == fast);
        CHECK((table.Find(kernel.id, Mode::kExact) != nullptr) == exact);
      }
    }
  }
}

TEST_CASE("a choice keeps to what rows declare and to what the target has") {
  const Machine whole = plan::PinnedMachine(CoreId::kXeon, "AVX3_DL");
  WeightInfo info = test::FormatInfo(WeightFormat::kInt2, 256, 512);
  for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
    info.zero = zero;
    for (const KernelSpec& kernel : kernels::Kernels()) {
      Machine machine = whole;
      machine.kernels = {};
      machine.kernels[static_cast<size_t>(kernel.id)] = true;
      for (const size_t m : {size_t{1}, size_t{2}, size_t{50}}) {
        Problem problem;
        problem.m = m;
        const auto facts = FactsOf(info, LayoutId::kPlanes, problem, machine);
        const auto chosen = ChooseKernel(facts);
        CAPTURE(std::string(kernel.name));
        CAPTURE(m);
        if (Serves(kernel, facts.candidate)) {
          CHECK(chosen.best.kernel == &kernel);
          CHECK(chosen.reason == plan::Reason::kOnly);
        } else {
          CHECK(chosen.best.kernel == nullptr);
        }
      }
    }
  }
}

TEST_CASE("rows limit tokens, modes, planes, zeros and outputs") {
  const auto serves = [](std::string_view name, const plan::CandidateFacts& facts) {
    return Serves(Kernel(name), facts);
  };
  plan::CandidateFacts facts;
  facts.format = WeightFormat::kInt2;
  CHECK(serves("lut4_gemv_fast_b2", facts));
  CHECK_FALSE(serves("lut4_gemv_fast_b3", facts));
  CHECK_FALSE(serves("lut4_gemv_exact_b2", facts));
  CHECK_FALSE(serves("lut4_small_m_fast_b2", facts));  // one token
  CHECK_FALSE(serves("dot_gemv_codes", facts));
  CHECK(serves("dot_gemv_planes_b2", facts));
  facts.format = WeightFormat::kTernary;
  CHECK_FALSE(serves("dot_gemv_planes_b2", facts));  // planes that are no bits of a code
  facts.format = WeightFormat::kBitmod3;
  CHECK(serves("codebook_gemv_planes_b3", facts));
  CHECK_FALSE(serves("dot_gemv_planes_b3", facts));
  facts = {};
  facts.layout = LayoutId::kCodes, facts.m = 2, facts.zero = ZeroKind::kInteger;
  CHECK_FALSE(serves("dot_small_m_codes", facts));
  facts.small_zeros = true;
  CHECK(serves("dot_small_m_codes", facts));
  facts.integer_out = true;
  CHECK_FALSE(serves("dot_small_m_codes", facts));
  CHECK(serves("dot_gemm_codes", facts));
}

}  // namespace
}  // namespace lutgemm
