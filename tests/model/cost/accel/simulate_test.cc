// Cycles and energies against the authors' for Llama 2 7B, and hand counts of single products.
#include "model/cost/accel/simulate.h"

#include "model/cost/accel/presets.h"
#include "model/cost/accel/published.h"
#include "model/units/terms.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

using namespace lutgemm::model::accel;
using lutgemm::Code;

namespace {

const Accelerator& Array(std::string_view name) {
  for (const Accelerator& accelerator : Accelerators()) {
    if (accelerator.name == name) return accelerator;
  }
  FAIL("no such accelerator");
  return Accelerators()[0];
}

Cost Published(const PublishedRun& run) {
  const auto model = FindModel(kPublishedModel);
  REQUIRE(model.ok());
  const auto cost = Simulate(Array(run.accelerator), *model,
                             {run.phase, kPublishedContext, run.attention, run.weight_bits});
  REQUIRE(cost.ok());
  return *cost;
}

// One product with K = 256, N = 100, M = 50 and weights of 4.0625 bits.
constexpr Product kProduct = {"product", 3, 1, 50, 100, 256, 256, 4.0625, 4.0625};

}  // namespace

TEST_CASE("every published cycle count of Llama 2 7B, exactly") {
  REQUIRE(PublishedRuns().size() == 16);
  for (const PublishedRun& run : PublishedRuns()) {
    CAPTURE(run.accelerator);
    CAPTURE(run.weight_bits);
    CAPTURE(Name(run.phase));
    CAPTURE(Name(run.attention));
    const Cost cost = Published(run);
    CHECK(cost.cycles == run.cycles);
    if (run.compute_cycles != 0) CHECK(cost.compute_cycles == run.compute_cycles);
  }
}

TEST_CASE("OliVe decode at the 4 bits of the authors' script, not the 3.75 of their figure") {
  PublishedRun run{"olive", Phase::kDecode, Attention::kMerged, 4.0, 0, 0, 0, 0};
  const Cost cost = Published(run);
  CHECK(cost.compute_cycles == 92164096);
  CHECK(cost.cycles == 103689040);
}

TEST_CASE("published energy: DRAM to the printed digit, on chip as close as the fit") {
  int compared = 0;
  for (const PublishedRun& run : PublishedRuns()) {
    if (run.total_uj == 0.0) continue;
    ++compared;
    const Cost cost = Published(run);
    CHECK(std::fabs(cost.dram_uj - (run.total_uj - run.on_chip_uj)) <= 1.0);
    CHECK(cost.on_chip_uj() / run.on_chip_uj == doctest::Approx(1.0).epsilon(0.007));
    CHECK(cost.total_uj() / run.total_uj == doctest::Approx(1.0).epsilon(0.001));
  }
  CHECK(compared == 6);
}

TEST_CASE("one product, counted by hand") {
  const Accelerator& bitmod = Array("bitmod");
  const Cost cost = CostOf(bitmod, kProduct, Phase::kPrefill);
  CHECK(cost.tiles == 3 * 64 * 4 * 2);           // K / 4, N / 32, M / 32
  CHECK(cost.compute_cycles == 2 * cost.tiles);  // two terms
  const uint64_t bytes = 130 * 100 + 256 * 2 * 50 + 100 * 2 * 50;
  CHECK(cost.dram_bytes == 3 * bytes);
  CHECK(cost.dram_cycles == 3 * (8 * bytes / 256));
  CHECK(cost.cycles == std::max(cost.compute_cycles, cost.dram_cycles));
  CHECK(cost.pe_uj == doctest::Approx(0.56e-6 * 1.5 * 1024 * double(cost.compute_cycles)));
  CHECK(cost.dram_uj == doctest::Approx(18.75e-6 * 8 * 3 * double(bytes)));
  // Weights on two halves of 8 bits: 4 lanes x 4 x 32; inputs 4 lanes x 16 x 32.
  const double tile = 2 * 74.0 + 0.0287 * (512 + 2048);
  CHECK(cost.sram_uj ==
        doctest::Approx(1e-6 * (tile * double(cost.tiles) + 0.1704 * 8 * 3 * double(bytes))));
  const Cost decode = CostOf(bitmod, kProduct, Phase::kDecode);
  CHECK(decode.tiles == 3 * 64 * 2 * 4);  // K / 4, N / 64, M / 16
}

TEST_CASE("cycles of a step are the PE's terms") {
  using lutgemm::model::units::TermCount;
  using lutgemm::model::units::TermType;
  const Accelerator& bitmod = Array("bitmod");
  const std::pair<double, TermType> types[] = {
      {8.0, TermType::kInt8},    {6.0625, TermType::kInt6}, {5.0625, TermType::kInt5},
      {4.0625, TermType::kFp4},  {3.0625, TermType::kFp3},  {4.078125, TermType::kFp4},
      {3.078125, TermType::kFp3}};
  for (const auto& [bits, type] : types) CHECK(StepCycles(bitmod, bits) == TermCount(type));
  CHECK(StepCycles(Array("ant"), 5.0) == 1);
}

TEST_CASE("refetch: nothing where one operand fits, else the cheaper, the inputs where equal") {
  Accelerator small = Array("fp16");
  small.weight_buffer_bytes = small.input_buffer_bytes = 100;
  const auto refetch = [&](uint64_t weights, uint64_t inputs) {
    const Refetch r = RefetchOf(small, weights, inputs);
    return std::pair(r.weights, r.inputs);
  };
  using Pair = std::pair<uint64_t, uint64_t>;
  CHECK(refetch(100, 1000) == Pair{1, 1});
  CHECK(refetch(1000, 100) == Pair{1, 1});
  CHECK(refetch(101, 1000) == Pair{10, 1});  // 2010 bytes, not 2101
  CHECK(refetch(1000, 101) == Pair{1, 10});
  CHECK(refetch(300, 300) == Pair{1, 3});
}

TEST_CASE("bad descriptions are refused by the field's name") {
  const auto model = FindModel("llama2-7b");
  REQUIRE(model.ok());
  const auto refused = [&](const Accelerator& accelerator, const LanguageModel& shape,
                           const Pass& pass) {
    const auto cost = Simulate(accelerator, shape, pass);
    REQUIRE_FALSE(cost.ok());
    return cost.status().text();
  };
  const auto names = [](const std::string& text, const char* field) {
    CAPTURE(text);
    return text.find(field) != std::string::npos;
  };
  const Accelerator& good = Array("bitmod");
  Accelerator accelerator = good;
  accelerator.dram_bits_per_cycle = 0;
  CHECK(names(refused(accelerator, *model, {}), "dram_bits_per_cycle is 0"));
  accelerator = good;
  accelerator.energy.pe_pj = std::numeric_limits<double>::quiet_NaN();
  CHECK(names(refused(accelerator, *model, {}), "pe_pj is nan"));
  LanguageModel shape = *model;
  shape.layers = 0;
  CHECK(names(refused(good, shape, {}), "layers is 0"));
  shape = *model;
  shape.kv_heads = 5;
  CHECK(names(refused(good, shape, {}), "5 kv_heads"));
  CHECK(names(refused(good, *model, {.context = 0}), "context is 0"));
  CHECK(names(refused(good, *model, {.weight_bits = 0.5}), "0.5 bits"));
  shape = {"huge", 1u << 20, 1u << 20, 1u << 20, 1u << 20, 1u << 20, 1u << 20, 4.0, 4.0};
  CHECK(names(refused(good, shape, {.context = kMaxContext}), "too large to count"));
}

TEST_CASE("parameters are set by name") {
  Accelerator accelerator = Array("bitmod");
  for (const Parameter& parameter : ParametersOf(accelerator)) {
    CHECK(SetParameter(ParametersOf(accelerator), parameter.name, "7").ok());
  }
  CHECK(accelerator.decode.tokens == 7);
  CHECK(accelerator.energy.sram_write_pj_per_bit == 7.0);
  LanguageModel model = Models()[0];
  const std::vector<Parameter> parameters = ParametersOf(model);
  CHECK(SetParameter(parameters, "ant_bits", "4.25").ok());
  CHECK(model.ant_bits == 4.25);
  for (const char* bad : {"", "0", "-1", "1.5", "4294967297", "12x", " 12", "nan"}) {
    CAPTURE(bad);
    CHECK(SetParameter(parameters, "layers", bad).code() == Code::kBadArgument);
  }
  for (const char* bad : {"", "0", "-1", "inf", "nan", "1e999", "2,5"}) {
    CAPTURE(bad);
    CHECK(SetParameter(parameters, "olive_bits", bad).code() == Code::kBadArgument);
  }
  CHECK(SetParameter(parameters, "depth", "1").code() == Code::kNotFound);
  CHECK(model.layers == 32);
}

TEST_CASE("presets: names, areas and bits") {
  for (const Accelerator& accelerator : Accelerators()) CHECK(Validate(accelerator).ok());
  for (const LanguageModel& model : Models()) {
    CHECK(Validate(model).ok());
    for (const Dtype& dtype : Dtypes()) {
      for (const Phase phase : {Phase::kPrefill, Phase::kDecode}) {
        for (const Attention attention : {Attention::kMerged, Attention::kPerHead}) {
          const double bits = WeightBits(dtype, model, phase, false);
          CHECK(Simulate(*dtype.accelerator, model, {phase, 2048, attention, bits}).ok());
        }
      }
    }
  }
  const auto model = FindModel("llama2-7b");
  const auto lossy = FindDtype("lossy");
  REQUIRE(model.ok());
  REQUIRE(lossy.ok());
  CHECK(WeightBits(*lossy, *model, Phase::kPrefill, true) == 4.078125);
  CHECK(WeightBits(*lossy, *model, Phase::kDecode, true) == 3.078125);
  CHECK(WeightBits(*FindDtype("int6"), *model, Phase::kDecode, true) == 6.0625);
  const auto wrong = FindDtype("fp8");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.status().code() == Code::kNotFound);
  CHECK(wrong.status().text().find("fp16, int8") != std::string::npos);
  CHECK_FALSE(ParseAttention("none").ok());
}
