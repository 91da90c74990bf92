#include "checkpoint.h"

#include <cmath>

namespace lutgemm {
namespace {

using import_test::Brains;
using import_test::CheckFails;
using import_test::Checkpoint;
using import_test::Floats;
using import_test::Imported;
using import_test::Random;

constexpr std::string_view kOnline = R"({"quantization_config": {"quant_method": "bitnet",
    "linear_class": "autobitlinear", "quantization_mode": "online")";

Checkpoint Online(const Checkpoint& file, std::string_view more = "") {
  return file.Configured(std::string(kOnline) + std::string(more) + "}}");
}

TEST_CASE("bitnet online: halves round to zero, the rest by its sign") {
  Checkpoint file;  // the mean is 1
  file.Add("q_proj.weight", "F32", {2, 4},
           Floats({0.5f, -0.5f, 0.50000006f, -0.75f, 3, -2.5f, 0, 0.25f}));
  const auto importer = Online(file).Open();
  const QuantizedMatrix matrix = Imported(importer, "q_proj.weight").matrix;
  CHECK(importer->weights()[0].type == "bitnet f32, rounded");
  CHECK(matrix.codes == std::vector<uint8_t>{1, 1, 2, 0, 2, 0, 1, 1});
  CHECK(matrix.scales == std::vector<float>{1});
}

TEST_CASE("bitnet online: the scale is rounded to the weights' type") {
  Random random(41);
  std::vector<float> weights = random.Scales(40 * 24);
  Checkpoint file;
  file.Add("a.weight", "BF16", {40, 24}, Brains(weights));
  const QuantizedMatrix matrix = Imported(Online(file).Open(), "a.weight").matrix;
  double sum = 0;
  for (const float w : weights) sum += std::fabs(double(w));
  const float s = 1 / float(sum / double(weights.size()));
  CHECK(matrix.info.scale == Elem::kBF16);
  CHECK(matrix.scales[0] == format::Bf16ToF32(format::F32ToBf16(1 / s)));
  for (size_t i = 0; i < weights.size(); ++i) {
    const float rounded = std::nearbyint(weights[i] * s);
    REQUIRE(matrix.codes[i] == 1 + (rounded > 0) - (rounded < 0));
  }
}

TEST_CASE("bitnet online: zeros alone have the least scale") {
  Checkpoint file;
  file.Add("a.weight", "F32", {2, 2}, Floats({0, 0, 0, 0}));
  const QuantizedMatrix matrix = Imported(Online(file).Open(), "a.weight").matrix;
  CHECK(matrix.codes == std::vector<uint8_t>(4, 1));
  CHECK(matrix.scales[0] == 1 / (1 / 1e-5f));
}

TEST_CASE("bitnet online: which tensors it is about") {
  const std::string four = Floats({1, 2, 3, 4});
  Checkpoint file;
  file.Add("model.embed_tokens.weight", "F32", {2, 2}, four);
  file.Add("lm_head.weight", "F32", {2, 2}, four);
  file.Add("norm.weight", "F32", {4}, four);
  file.Add("x.gate.weight", "F32", {2, 2}, four);
  file.Add("x.up.weight", "F32", {2, 2}, four);
  const auto names = [](const Result<Importer>& importer) {
    REQUIRE(importer.ok());
    std::vector<std::string> all;
    for (const ImportableWeights& one : importer->weights()) all.push_back(one.name);
    return all;
  };
  CHECK(names(Online(file).Open()) == std::vector<std::string>{"x.gate.weight", "x.up.weight"});
  CHECK(names(Online(file, R"(, "modules_to_not_convert": ["gate"])").Open()) ==
        std::vector<std::string>{"lm_head.weight", "x.up.weight"});
  CHECK(names(file.Open()).empty());
  CHECK(names(file.Configured(R"({"quantization_config": {"quant_method": "bitnet"}})").Open())
            .empty());
}

TEST_CASE("bitnet online: weights that are no numbers") {
  Checkpoint file;
  file.Add("a.weight", "F32", {2, 2}, Floats({1, 2, std::nanf(""), 4}));
  CheckFails(Online(file).Open(), Code::kNotFinite, {"'a.weight'", "weight [1, 0] is nan"});
}

}  // namespace
}  // namespace lutgemm
