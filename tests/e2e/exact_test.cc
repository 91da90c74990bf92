// The exact mode against float64, on real weights and real text.
#include "kit.h"
#include "tiny_lm/reference.hpp"
#include "tiny_lm/text.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace lutgemm::e2e {
namespace {

using tiny_lm::EvaluateExact;
using tiny_lm::EvaluateReference;
using tiny_lm::Score;

nlohmann::json StoredReference() {
  std::ifstream file(kData + "/reference.json");
  return nlohmann::json::parse(file);
}

// Ternary: an activation that lies exactly between two int8 codes falls either way by the last bit
// of a sum, and from there the window differs a little. Most windows have none that matters.
TEST_CASE("tiny_lm: the float64 path agrees with the stored figures of its windows") {
  const nlohmann::json stored = StoredReference();
  const size_t context = stored.at("context");
  const std::vector<uint8_t> text = Heldout(4 * context);
  for (const std::string name : {"full", "ternary"}) {
    CAPTURE(name);
    const tiny_lm::Model plain = Load(kData + "/" + name + ".safetensors", std::nullopt);
    REQUIRE(plain.config.context == context);
    const Score score = EvaluateReference(plain, text);
    REQUIRE(score.window_bits.size() == 4);
    size_t equal = 0;
    for (size_t w = 0; w < 4; ++w) {
      const double expected = stored.at(name + "_first_windows_bits")[w];
      const double error = std::fabs(score.window_bits[w] / expected - 1);
      equal += error < 1e-9;
      CHECK(error < (plain.config.ternary ? 5e-3 : 1e-9));
    }
    CHECK(equal >= 1);
  }
}

TEST_CASE("tiny_lm: the f32 path agrees with float64") {
  const nlohmann::json stored = StoredReference();
  const tiny_lm::Model plain = Load(kFull, std::nullopt);
  const auto score = tiny_lm::Evaluate(plain, Mode::kExact, Heldout(2 * plain.config.context));
  REQUIRE(score.ok());
  for (size_t w = 0; w < 2; ++w) {
    const double expected = stored.at("full_first_windows_bits")[w];
    CHECK(std::fabs(score->window_bits[w] - expected) < 1e-5 * expected);
  }
  tiny_lm::Engine engine = MakeEngine(plain, {});
  CHECK(engine.decode_plan() == nullptr);
}

// All else being float64, exact integer products leave nothing to differ by: not one bit.
TEST_CASE("tiny_lm: exact mode gives the ternary checkpoint the figures of float64") {
  const tiny_lm::Model plain = Load(kTernary, std::nullopt);
  const tiny_lm::Model packed = Load(kTernary, tiny_lm::TrainedTernary());
  const std::vector<uint8_t> text = Heldout(2 * plain.config.context);
  const Score expected = EvaluateReference(plain, text);
  const auto score = EvaluateExact(plain, packed, text);
  REQUIRE_MESSAGE(score.ok(), score.status().text());
  CHECK(score->window_bits == expected.window_bits);
  CHECK(std::fabs(score->bits_per_byte() - expected.bits_per_byte()) <= 1e-4);
}

// A quantised model must not pass for another: one digit of one layer changes the figures.
TEST_CASE("tiny_lm: the comparison notices a single wrong weight") {
  const tiny_lm::Model plain = Load(kTernary, std::nullopt);
  tiny_lm::Model packed = Load(kTernary, tiny_lm::TrainedTernary());
  auto matrix = Unpack(*packed.layers[0].query.packed);
  REQUIRE(matrix.ok());
  matrix->codes[5] = static_cast<uint8_t>((matrix->codes[5] + 1) % 3);
  auto wrong = Pack(*matrix);
  REQUIRE(wrong.ok());
  packed.layers[0].query.packed = *wrong;
  const std::vector<uint8_t> text = Heldout(plain.config.context);
  const auto score = EvaluateExact(plain, packed, text);
  REQUIRE(score.ok());
  CHECK(score->window_bits != EvaluateReference(plain, text).window_bits);
}

// The engine rounds to f32 between the products, which moves a few activations to the next int8
// code; a window then differs by a fraction of a bit either way.
TEST_CASE("tiny_lm: the engine in exact mode stays within rounding of float64") {
  const nlohmann::json stored = StoredReference();
  const tiny_lm::Model packed = Load(kTernary, tiny_lm::TrainedTernary());
  const auto threads = MakeThreads(2);
  REQUIRE(threads.ok());
  const auto score =
      tiny_lm::Evaluate(packed, Mode::kExact, Heldout(4 * packed.config.context), threads->get());
  REQUIRE(score.ok());
  for (size_t w = 0; w < 4; ++w) {
    const double expected = stored.at("ternary_first_windows_bits")[w];
    CHECK(std::fabs(score->window_bits[w] - expected) < 1e-2 * expected);
  }
}

}  // namespace
}  // namespace lutgemm::e2e
