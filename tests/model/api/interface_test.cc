// The public interface of the model: what it says of good and bad arguments. That its parts compute
// the right things the tests of their rooms hold.
#include <lutgemm/lutgemm.hpp>
#include <lutgemm/model/model.hpp>

#include "format/fp.h"
#include "model/cost/kit.h"
#include "support/case.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace lutgemm;
using test::MachineText;

namespace {

template <class T>
T Must(Result<T> result) {
  REQUIRE_MESSAGE(result.ok(), result.status().text());
  return *std::move(result);
}

QuantizedMatrix Weights(WeightFormat format, size_t n, size_t k) {
  test::Random random(n + k);
  const std::vector<float> values = random.Normals(n * k);
  return Must(Quantize({.data = values.data(), .rows = n, .cols = k}, DefaultSpec(format)));
}

}  // namespace

TEST_CASE("texts that are no program are refused line by line") {
  const auto words = model::Assemble("li s1, 5\nnonsense r1\nhalt\nld r1\n");
  REQUIRE_FALSE(words.ok());
  CHECK(words.status().code() == Code::kCorruptFile);
  CHECK(words.status().text().starts_with("line 2, column 1: "));
  CHECK(words.status().text().find("\nline 4, column ") != std::string::npos);
  CHECK(model::Disassemble(std::vector<uint64_t>{~uint64_t{0}}).status().code() ==
        Code::kBadArgument);
}

TEST_CASE("programs run, are counted by name, and trap") {
  model::Machine machine = Must(model::Machine::Make({.memory_bytes = 128}));
  const auto program = Must(model::Assemble("li s1, 5\nli s2, 6\nhalt\n"));
  CHECK(Must(machine.Run(program)).ok());
  for (size_t i = 0; i == 0 || !model::InstructionName(i).empty(); ++i) {
    const std::string_view name = model::InstructionName(i);
    CAPTURE(name);
    CHECK(machine.counters().Executed(i) == (name == "li" ? 2 : name == "halt" ? 1 : 0));
  }
  CHECK(machine.memory().size() == 128);
  const model::Trap trap = Must(machine.Run(std::span(program).first(1)));
  CHECK(Name(trap.kind) == "end");
  CHECK(trap.pc == 1);
  CHECK(machine.counters().steps == 4);
  CHECK(Name(model::TrapKind(200)) == "unknown");
  CHECK(model::Machine::Make({.arithmetic = model::Arithmetic(2)}).status().code() ==
        Code::kBadArgument);
  CHECK(model::Machine::Make({.adder = model::Adder(2)}).status().code() == Code::kBadArgument);
  CHECK(model::Machine::Make({.array = {.registers = 0}}).status().code() == Code::kBadArgument);
}

TEST_CASE("arrays and shapes come out of texts") {
  CHECK(Must(model::ParseArray("m4n32k3")).shape == model::Shape{4, 32, 3});
  CHECK(Must(model::ParseShape("4x32x3")) == model::Shape{4, 32, 3});
  CHECK(model::ParseArray("m3n32k3").status().code() == Code::kBadArgument);
  for (const char* text : {"", "4x32", "m4x32x3", "4x32k3", "x4x32x3"}) {
    CHECK(model::ParseShape(text).status().code() == Code::kBadArgument);
  }
  CHECK(model::ParseShape("4x\x1b[2J").status().text().starts_with("'4x\\x1b[2J' is no shape"));
}

TEST_CASE("products: factors of tokens, and what they refuse") {
  const QuantizedMatrix weights = Weights(WeightFormat::kInt2, 20, 256);
  const model::ProductSpec spec = {.m = 2, .out = model::SumType::kF32};
  const model::Product product = Must(model::CompileProduct(weights, spec, {}));
  CHECK(product.weights().n == 20);
  CHECK(product.array().shape == model::Shape{2, 64, 4});
  std::vector<int8_t> acts(2 * 256);
  for (size_t i = 0; i < acts.size(); ++i) acts[i] = static_cast<int8_t>(i * 7 % 255);
  const float factors[] = {0.5f, 2.0f};
  const auto run = [&](std::span<const float> scales) {
    model::Machine machine = Must(model::Machine::Make({.memory_bytes = product.memory_bytes()}));
    CHECK(product.Load(acts.data(), scales, machine.memory()).ok());
    CHECK(Must(machine.Run(product.words())).ok());
    std::vector<float> out(2 * 20);
    CHECK(product.Outputs(machine.memory(), out.data()).ok());
    return out;
  };
  const std::vector<float> plain = run({}), scaled = run(factors);
  for (size_t i = 0; i < plain.size(); ++i) CHECK(scaled[i] == plain[i] * factors[i / 20]);

  std::vector<std::byte> memory(product.memory_bytes());
  CHECK(product.Load(nullptr, {}, memory).code() == Code::kBadArgument);
  CHECK(product.Load(acts.data(), std::span(factors, 1), memory).code() == Code::kBadShape);
  CHECK(product.Load(acts.data(), {}, std::span(memory).first(64)).code() == Code::kBadShape);
  CHECK(product.Outputs(memory, nullptr).code() == Code::kBadArgument);
  CHECK(model::CompileProduct(weights, {.act = model::ActType(9)}, {}).status().code() ==
        Code::kBadArgument);
  CHECK(model::CompileProduct(Weights(WeightFormat::kNf4, 4, 64), {}, {}).status().code() ==
        Code::kUnsupportedFormat);
  QuantizedMatrix broken = weights;
  broken.codes.pop_back();
  CHECK(model::CompileProduct(broken, {}, {}).status().code() == Code::kBadShape);
}

TEST_CASE("machine files: a processor has costs, an array alone has none") {
  const auto file = Must(model::MachineFile::Parse(MachineText("a100-lut-4x"), "a.json"));
  CHECK(file.whole());
  CHECK(Must(file.array()).name == "a100-lut-4x");
  const model::Cost cost = Must(file.Estimate({2048, 4096, 4096}, 2));
  CHECK(cost.bound == "array");
  CHECK(cost.seconds == doctest::Approx(cost.cycles / 1410e6));
  CHECK(cost.energy_pj > 0);
  CHECK(file.Estimate({0, 1, 1}, 2).status().code() == Code::kBadShape);
  CHECK(file.Estimate({1, 1, 1}, 9).status().code() == Code::kBadArgument);
  const auto small = Must(model::MachineFile::Parse(R"({"array": {"m": 2, "n": 8, "k": 4}})", "s"));
  CHECK_FALSE(small.whole());
  CHECK(Must(small.array()).name == "m2n8k4");
  CHECK(small.Estimate({1, 1, 1}, 1).status().code() == Code::kCorruptFile);
  CHECK(model::MachineFile::Parse("[", "s.json").status().text().starts_with("s.json:1:"));
  CHECK(model::MachineFile::Parse("[", "\n").status().text().starts_with("'\\x0a':1:"));
  const auto mac = Must(model::MachineFile::Parse(MachineText("a100-fp16"), "m.json"));
  CHECK(mac.array().status().code() == Code::kCorruptFile);
}

TEST_CASE("the design space: the elongated array of the paper is best for f16 and one bit") {
  const model::Exploration space = Must(model::Explore({}));
  CHECK(space.points.size() > 100);
  const model::DesignPoint& best = space.points[space.best];
  CHECK(best.on_front);
  for (const model::DesignPoint& point : space.points) {
    CHECK(point.shape.m * point.shape.n * point.shape.k == 512);
    CHECK(best.area_per_mac <= point.area_per_mac * (1 + 1e-9));
  }
  CHECK(model::Explore({.macs = 0}).status().code() == Code::kBadArgument);
  CHECK(model::Explore({.act = model::ActType(5)}).status().code() == Code::kBadArgument);
  CHECK(model::Explore({.objective = model::Objective(3)}).status().code() == Code::kBadArgument);
  for (const double clock : {double{NAN}, double{INFINITY}, 0.0, -1.0, 1e300}) {
    CHECK(model::Explore({.clock_ghz = clock}).status().code() == Code::kBadArgument);
  }
}

TEST_CASE("the bit-serial tile runs weights of the library") {
  for (const WeightFormat format : {WeightFormat::kBitmod3, WeightFormat::kBitmod4}) {
    const QuantizedMatrix weights = Weights(format, 19, 300);
    test::Random random(7);
    std::vector<uint16_t> acts;
    std::vector<double> values;
    for (size_t i = 0; i < 10 * 300; ++i) {
      acts.push_back(format::F32ToF16(static_cast<float>(random.Int(-8, 8))));
      values.push_back(double{format::F16ToF32(acts.back())});
    }
    const model::BitSerialRun run = Must(model::RunBitSerial(weights, acts, 10));
    REQUIRE(run.out.size() == 10 * 19);
    for (size_t row = 0; row < 10; ++row) {
      for (size_t n = 0; n < 19; ++n) {
        double exact = 0, magnitude = 0;
        for (size_t k = 0; k < 300; ++k) {
          exact += values[row * 300 + k] * weights.Value(n, k);
          magnitude += std::fabs(values[row * 300 + k] * weights.Value(n, k));
        }
        CHECK(std::fabs(run.out[row * 19 + n] - exact) <= magnitude * 0x1p-12);
      }
    }
    // 2 x 3 tiles; groups of 128, 128 and 44 weights, 4 lanes, 2 terms, 8 cycles to scale the last
    // sum and 8 for the column's outputs.
    CHECK(run.cycles == 6 * (2 * 64 + 22 + 8 + 8));
    CHECK(run.stalls == 0);
    CHECK(model::RunBitSerial(weights, acts, 9).status().code() == Code::kBadShape);
    acts[5] = 0x7c00;
    CHECK(model::RunBitSerial(weights, acts, 10).status().code() == Code::kNotFinite);
  }
  CHECK(model::RunBitSerial(Weights(WeightFormat::kInt4, 8, 128), std::vector<uint16_t>(128), 1)
            .status()
            .code() == Code::kUnsupportedFormat);
}
