// Oracle, simulated program and packed layout agree bit for bit.
#include "ref/gemm.h"
#include "model/lower/kit.h"
#include "ref/lookup.h"
#include "support/run.h"

#include <algorithm>
#include <bit>

using namespace lutgemm;
using namespace lutgemm::model;
using lower::GemmSpec;

namespace {

std::vector<float> AsFloats(const std::vector<uint32_t>& bits) {
  std::vector<float> values;
  for (const uint32_t b : bits) values.push_back(std::bit_cast<float>(b));
  return values;
}

std::vector<uint32_t> Wrapped(const std::vector<int64_t>& sums) {
  std::vector<uint32_t> bits;
  for (const int64_t sum : sums) bits.push_back(static_cast<uint32_t>(sum));
  return bits;
}

constexpr WeightFormat kFormats[] = {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                                     WeightFormat::kInt4, WeightFormat::kTernary};
constexpr const char* kShapes[] = {"m2n64k4", "m1n16k3", "m4n8k5", "m2n32k8", "m1n1k1", "m16n4k2"};

bool HasZeros(WeightFormat format) {
  return format != WeightFormat::kInt1 && format != WeightFormat::kTernary;
}

}  // namespace

TEST_CASE("int8 activations give the integer product, in every format, shape and group") {
  test::Random random(1);
  for (const WeightFormat format : kFormats) {
    for (const char* shape : kShapes) {
      for (const uint32_t group : {kWholeRow, kWholeTensor, 12u, 32u}) {
        for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger}) {
          if (zero == ZeroKind::kInteger && !HasZeros(format)) continue;
          CAPTURE(Name(format));
          CAPTURE(std::string(shape));
          CAPTURE(group);
          const QuantizedMatrix matrix =
              test::RandomMatrix(test::Info(format, 70, 50, group, zero), random);
          const std::vector<int8_t> act = random.Int8s(5 * 50);
          CHECK(test::Simulate({.m = 5}, matrix, shape, act) ==
                Wrapped(ref::GemmInteger(matrix, act, 5)));
        }
      }
    }
  }
}

TEST_CASE("extremes: all codes and activations at their ends, one row, one column") {
  test::Random random(2);
  for (const WeightFormat format : kFormats) {
    for (const test::Fill fill : {test::Fill::kAllLow, test::Fill::kAllHigh}) {
      for (const int8_t value : {int8_t{-128}, int8_t{127}}) {
        CAPTURE(Name(format));
        const QuantizedMatrix matrix =
            test::RandomMatrix(test::Info(format, 1, 1023), random, fill);
        const std::vector<int8_t> act(1023, value);
        CHECK(test::Simulate({.m = 1}, matrix, "m2n64k4", act) ==
              Wrapped(ref::GemmInteger(matrix, act, 1)));
      }
    }
  }
}

TEST_CASE("int16 activations") {
  test::Random random(3);
  const QuantizedMatrix matrix =
      test::RandomMatrix(test::Info(WeightFormat::kInt3, 40, 33), random);
  std::vector<int16_t> act;
  for (int i = 0; i < 3 * 33; ++i) act.push_back(static_cast<int16_t>(random.Int(-32768, 32767)));
  const GemmSpec spec{.m = 3, .act = isa::ActType::kI16};
  CHECK(test::Simulate(spec, matrix, "m2n64k4", act) == Wrapped(ref::GemmInteger(matrix, act, 3)));
}

TEST_CASE("scaled int8 products are the library's exact mode, float zero points included") {
  test::Random random(4);
  for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
    const size_t m = 3, k = 96;
    const QuantizedMatrix matrix =
        test::RandomMatrix(test::Info(WeightFormat::kInt4, 70, k, 32, zero), random);
    // Activations that int8 codes with scale 1 hold exactly.
    std::vector<int8_t> codes = random.Int8s(m * k, -127, 127);
    for (size_t i = 0; i < codes.size(); i += 32) codes[i] = 127;
    const std::vector<float> act(codes.begin(), codes.end());
    const GemmSpec spec{.m = m, .out = isa::SumType::kF32};
    const auto simulated = AsFloats(test::Simulate(spec, matrix, "m2n64k4", codes));
    Problem problem;
    problem.m = m;
    problem.mode = Mode::kExact;
    const Plan plan = test::MustPlan(test::MustPack(matrix), problem);
    const auto expected = test::RunPlan<float>(plan, act, m * 70);
    CHECK(test::FirstDifference(simulated, expected) == expected.size());
  }
}

TEST_CASE("the CPU library's exact mode equals the simulated program bit for bit") {
  test::Random random(5);
  for (const WeightFormat format : kFormats) {
    for (const uint32_t group : {kWholeRow, 64u}) {
      CAPTURE(Name(format));
      const size_t m = 7, n = 130, k = 250;
      const QuantizedMatrix matrix = test::RandomMatrix(test::Info(format, n, k, group), random);
      const std::vector<int8_t> act = random.Int8s(m * k);
      const auto simulated = test::Simulate({.m = m}, matrix, "m2n64k4", act);
      Problem problem;
      problem.m = m;
      problem.act = Elem::kI8;
      problem.out = Elem::kI32;
      problem.mode = Mode::kExact;
      for (const LayoutId layout : {LayoutId::kPlanes, LayoutId::kDefault}) {
        const Plan plan = test::MustPlan(test::MustPack(matrix, layout), problem);
        CHECK(test::RunPlan<uint32_t>(plan, act, m * n) == simulated);
      }
    }
  }
}

namespace {

struct FloatCase {
  isa::ActType act;
  bool quantised;
  isa::SumType acc;
  func::Mode mode;
  bool quirk;
  func::Adder adder = func::Adder::kIeee;
};

constexpr FloatCase kFloatCases[] = {
    {isa::ActType::kF16, false, isa::SumType::kF16, func::Mode::kRtl, false},
    {isa::ActType::kF16, false, isa::SumType::kF16, func::Mode::kRtl, true},
    {isa::ActType::kF16, false, isa::SumType::kF32, func::Mode::kRtl, false},
    {isa::ActType::kF16, false, isa::SumType::kF16, func::Mode::kRtl, true, func::Adder::kFlush},
    {isa::ActType::kF8e5m2, false, isa::SumType::kF16, func::Mode::kRtl, false,
     func::Adder::kFlush},
    {isa::ActType::kF16, false, isa::SumType::kF32, func::Mode::kRtl, true, func::Adder::kFlush},
    {isa::ActType::kF16, false, isa::SumType::kF16, func::Mode::kExact, false},
    {isa::ActType::kF16, false, isa::SumType::kF32, func::Mode::kExact, false},
    {isa::ActType::kF8e4m3, false, isa::SumType::kF32, func::Mode::kExact, false},
    {isa::ActType::kF8e5m2, false, isa::SumType::kF16, func::Mode::kRtl, false},
    {isa::ActType::kF16, true, isa::SumType::kF32, func::Mode::kExact, false},
    {isa::ActType::kI8, true, isa::SumType::kF32, func::Mode::kRtl, false},
};

// Stored activations and the values that they stand for. Some are zero, so that entries cancel.
struct Acts {
  std::vector<std::byte> bytes;
  std::vector<double> values;
};
Acts RandomActs(isa::ActType type, size_t count, test::Random& random) {
  Acts acts;
  const size_t size = isa::ActBytes(type);
  acts.bytes.resize(count * size);
  for (size_t i = 0; i < count; ++i) {
    // Some are so small that sums of them are subnormal, and entries too.
    const float unit = random.Below(4) == 0 ? 0x1p-14f : 1.0f;
    uint16_t bits = format::F32ToF16(random.Below(8) == 0 ? 0.0f : unit * random.Normal());
    double value = double{format::F16ToF32(bits)};
    if (size == 1) {
      bits = static_cast<uint16_t>(random.Below(0x60) | random.Below(2) << 7);
      const auto byte = std::byte(bits);
      value = isa::IsFloat(type) ? func::LoadActF64(&byte, type, 0) : std::bit_cast<int8_t>(byte);
    }
    std::memcpy(&acts.bytes[i * size], &bits, size);
    acts.values.push_back(value);
  }
  return acts;
}

ref::LookupSpec OracleOf(const FloatCase& c, size_t k) {
  ref::LookupSpec spec;
  spec.k = k;
  spec.entry = c.quantised ? ref::LookupSpec::Entry::kQuantised : ref::LookupSpec::Entry::kF16;
  spec.sum = c.acc == isa::SumType::kF16 ? ref::LookupSpec::Sum::kF16 : ref::LookupSpec::Sum::kF32;
  spec.plane_by_plane = c.mode == func::Mode::kRtl;
  spec.exponent_quirk = c.quirk;
  spec.flush = c.adder == func::Adder::kFlush;
  return spec;
}

}  // namespace

TEST_CASE("float and quantised tables equal the scalar oracle bit for bit") {
  test::Random random(6);
  size_t number = 0;
  for (const FloatCase& c : kFloatCases) {
    for (const WeightFormat format : kFormats) {
      for (const char* shape : {"m2n64k4", "m1n16k3", "m4n8k5"}) {
        const uint32_t group = ++number % 2 == 0 ? 20u : kWholeRow;
        const ZeroKind zero =
            HasZeros(format) && number % 3 == 0 ? ZeroKind::kFloat : ZeroKind::kNone;
        CAPTURE(number);
        CAPTURE(Name(format));
        CAPTURE(std::string(shape));
        const size_t m = 3, n = 21, k = 46;
        const QuantizedMatrix matrix =
            test::RandomMatrix(test::Info(format, n, k, group, zero), random);
        const Acts acts = RandomActs(c.act, m * k, random);
        const GemmSpec spec{.m = m,
                            .act = c.act,
                            .quantised_tables = c.quantised,
                            .acc = c.acc,
                            .out = isa::SumType::kF32};
        const auto target = test::MustParse(shape);
        const auto simulated =
            AsFloats(test::Simulate(spec, matrix, shape, acts.bytes,
                                    {.mode = c.mode, .exponent_quirk = c.quirk, .adder = c.adder}));
        const auto expected = ref::LookupGemm(matrix, acts.values, m, OracleOf(c, target.shape.k));
        CHECK(test::FirstDifference(simulated, expected) == expected.size());
      }
    }
  }
}

TEST_CASE("the exponent quirk changes results, and only under its flag") {
  test::Random random(7);
  const QuantizedMatrix matrix =
      test::RandomMatrix(test::Info(WeightFormat::kInt2, 16, 32), random);
  const std::vector<uint16_t> zeros(32);
  const GemmSpec spec{
      .m = 1, .act = isa::ActType::kF16, .acc = isa::SumType::kF16, .out = isa::SumType::kF32};
  const auto exact = test::Simulate(spec, matrix, "m2n64k4", zeros, {.mode = func::Mode::kRtl});
  const auto quirk = test::Simulate(spec, matrix, "m2n64k4", zeros,
                                    {.mode = func::Mode::kRtl, .exponent_quirk = true});
  for (const float value : AsFloats(exact)) CHECK(value == 0.0f);
  CHECK(quirk != exact);
}

TEST_CASE(
    "a tensor of subnormal activations: the adder that flushes gives zeros, the other does not") {
  test::Random random(8);
  const QuantizedMatrix matrix =
      test::RandomMatrix(test::Info(WeightFormat::kInt1, 16, 32), random);
  const std::vector<uint16_t> tiny(32, 3);
  const GemmSpec spec{
      .m = 1, .act = isa::ActType::kF16, .acc = isa::SumType::kF16, .out = isa::SumType::kF32};
  const auto run = [&](func::Adder adder) {
    return AsFloats(
        test::Simulate(spec, matrix, "m2n64k4", tiny, {.mode = func::Mode::kRtl, .adder = adder}));
  };
  size_t nonzero = 0;
  for (const float value : run(func::Adder::kIeee)) nonzero += value != 0.0f;
  CHECK(nonzero > 8);
  for (const float value : run(func::Adder::kFlush)) CHECK(value == 0.0f);
}

TEST_CASE("both parts as one program leave the memory that they leave one after the other") {
  test::Random random(9);
  for (const uint32_t group : {kWholeRow, 20u}) {
    const QuantizedMatrix matrix =
        test::RandomMatrix(test::Info(WeightFormat::kInt3, 130, 50, group), random);
    const std::vector<int8_t> act = random.Int8s(5 * 50);
    auto simulation = test::MustMake(
        test::MustCompile({.m = 5}, matrix.info, test::MustParse("m2n64k4")), matrix);
    simulation.PutActs(act.data(), {});
    func::Config config;
    config.global_bytes = simulation.memory().size();
    func::Machine machine(config);
    std::ranges::copy(simulation.memory(), machine.state().global.begin());
    REQUIRE(simulation.Run(act.data(), {}).ok());
    const func::Trap trap = machine.Run(lower::WholeProgram(simulation.gemm()));
    REQUIRE_MESSAGE(trap.ok(), trap.text);
    CHECK(std::ranges::equal(machine.state().global, simulation.memory()));
    CHECK(machine.counters().steps + 1 == simulation.counters().steps);
  }
}
