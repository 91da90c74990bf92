// What a model reads on the calibration text, written as an importance matrix, makes quantising by
// `lutgemm repack` lose less on text that was held out.
#include "tiny_lm/importance.hpp"
#include "kit.h"
#include "tiny_lm/text.hpp"
#include "tools/kit.h"

namespace lutgemm::e2e {
namespace {

constexpr size_t kWindows = 24;

std::vector<uint8_t> Calibration(size_t bytes) {
  const std::string text = test::tool::ReadText(kData + "/calibration.txt");
  REQUIRE(text.size() == 65536);
  return {text.begin(), text.begin() + static_cast<ptrdiff_t>(bytes)};
}

double BitsOf(const std::string& path, std::span<const uint8_t> text) {
  const auto score = tiny_lm::Evaluate(Load(path, {}), Mode::kFast, text);
  REQUIRE(score.ok());
  return score->bits_per_byte();
}

TEST_CASE("inputs of linear layers are added up as they are read") {
  const tiny_lm::Model model = Load(kFull, {});
  tiny_lm::InputEnergy energy(model);
  tiny_lm::EngineSpec spec;
  spec.energy = &energy;
  const std::vector<uint8_t> text = Calibration(2 * 256 + 100);
  const auto alone = tiny_lm::EvaluateAlone(model, spec, text);
  REQUIRE(alone.ok());
  CHECK(alone->window_bits == tiny_lm::Evaluate(model, spec.mode, text)->window_bits);
  REQUIRE(energy.entries().size() == 36);
  for (const auto& entry : energy.entries()) {
    CAPTURE(entry.name);
    CHECK(entry.tokens == 512);
    CHECK(entry.sums.size() == (entry.name.ends_with("ffn_down.weight") ? 468 : 176));
    CHECK(*std::min_element(entry.sums.begin(), entry.sums.end()) > 0);
  }
  CHECK(energy.entries()[0].name == "blk.0.attn_q.weight");
  CHECK(energy.entries()[0].sums == energy.entries()[2].sums);  // query and value read the same
  CHECK(energy.entries()[0].sums != energy.entries()[3].sums);
  CHECK(energy.entries()[35].name == "output.weight");
  // What the first layer reads are normed embeddings, which are known without the engine.
  std::vector<double> want(176);
  for (size_t i = 0; i < 512; ++i) {
    const float* token = &model.embedding.plain[text[i] * size_t{176}];
    double square = 0;
    for (size_t c = 0; c < 176; ++c) square += double(token[c]) * token[c];
    for (size_t c = 0; c < 176; ++c) {
      const double x = double(token[c]) * model.layers[0].attention_norm[c];
      want[c] += x * x / (square / 176 + model.config.rms_eps);
    }
  }
  for (size_t c = 0; c < 176; ++c) {
    CHECK(energy.entries()[0].sums[c] == doctest::Approx(want[c]).epsilon(1e-4));
  }
  CHECK(energy.Write("/absent/file", "").code() == Code::kIo);
}

TEST_CASE("quantised with importance the model loses less") {
  const TempDir dir;
  const tiny_lm::Model model = Load(kFull, {});
  tiny_lm::InputEnergy energy(model);
  tiny_lm::EngineSpec spec;
  spec.energy = &energy;
  REQUIRE(tiny_lm::EvaluateAlone(model, spec, Calibration(kWindows * 256)).ok());
  REQUIRE(energy.Write(dir / "imatrix.gguf", "calibration.txt").ok());
  const std::vector<uint8_t> text = Heldout(kWindows * 256);
  const double f32 = BitsOf(kFull, text);
  struct Case {
    std::vector<std::string> format;
    double most;  // of the loss without importance
  };
  for (const Case& c : {Case{{"--format", "int2", "--group", "64"}, 0.93},
                        Case{{"--format", "int2", "--group", "32", "--asymmetric"}, 0.95}}) {
    double loss[2] = {};
    for (const bool weighed : {false, true}) {
      std::vector<std::string> repack = {"repack", kFull, "-o", dir / "out", "--force"};
      repack.insert(repack.end(), c.format.begin(), c.format.end());
      if (weighed) {
        repack.insert(repack.end(), {"--importance", dir / "imatrix.gguf"});
      } else {
        repack.emplace_back("--scale-search");
      }
      const test::tool::Json report = test::tool::RunJson(dir, repack);
      if (weighed) CHECK(report["without_importance"].empty());
      loss[weighed] = BitsOf(dir / "out", text) - f32;
    }
    CAPTURE(c.format[3]);
    CAPTURE(loss[0]);
    CHECK(loss[1] < c.most * loss[0]);
  }
}

}  // namespace
}  // namespace lutgemm::e2e
