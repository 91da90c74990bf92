#include "checkpoint.h"

#include <cmath>

namespace lutgemm {
namespace {

using import_test::Brains;
using import_test::CheckFails;
using import_test::Checkpoint;
using import_test::CheckRefused;
using import_test::Floats;
using import_test::Imported;
using import_test::Random;

// w[r][c] = ((r + 2c) mod 3) - 1 for N = 8, K = 2.
Checkpoint Small(float scale) {
  Checkpoint file;
  file.Add("p.weight", "U8", {2, 2}, "\x18\x86\x61\x18");
  file.Add("p.weight_scale", "F32", {1}, Floats({scale}));
  return file;
}

std::string Config(std::string_view more) {
  return R"({"quantization_config": {"quant_method": "bitnet")" + std::string(more) + "}}";
}
constexpr std::string_view kAuto = R"(, "linear_class": "autobitlinear")";
constexpr std::string_view kPlain = R"(, "linear_class": "bitlinear")";

void CheckScale(const Result<Importer>& importer, float scale) {
  const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
  CHECK(importer->weights()[0].convention == Convention::kBitnet);
  CHECK(matrix.info.format == WeightFormat::kTernary);
  CHECK(matrix.info.group == kWholeTensor);
  for (size_t r = 0; r < 8; ++r) {
    for (size_t c = 0; c < 2; ++c) {
      CHECK(matrix.Value(r, c) == double(scale) * (double((r + 2 * c) % 3) - 1));
    }
  }
}

TEST_CASE("bitnet: the known vector, its scale multiplied or divided by") {
  CheckScale(Small(3).Configured(Config(kAuto)).Open(), 3);
  CheckScale(Small(3).Configured(Config(kPlain)).Open(), 1 / 3.0f);
  CheckScale(Small(3).Configured(Config("")).Open(), 1 / 3.0f);
  ImportOptions options;
  options.bitnet_scale = BitnetScale::kMultiply;
  CheckScale(Small(3).Configured(Config(kPlain)).Open(options), 3);
  options.bitnet_scale = BitnetScale::kDivide;
  CheckScale(Small(3).Configured(Config(kAuto)).Open(options), 1 / 3.0f);
}

TEST_CASE("bitnet: without a config the scale that is likely") {
  CheckScale(Small(0.02f).Open(), 0.02f);
  CheckScale(Small(50).Open(), 1 / 50.0f);
  CheckRefused(Small(2).Open(), Code::kUnsupportedFormat,
               {"'p.weight_scale'", "is 2", "2 or 0.5 times", "options.bitnet_scale"});
  CheckRefused(Small(0.001f)
                   .Without("p.weight_scale")
                   .Add("p.weight_scale", "F32", {1}, Floats({1e6f}))
                   .Open(),
               Code::kUnsupportedFormat, {"1e+06 or 1e-06"});
}

TEST_CASE("bitnet: a scale of the tensor's type, as it is") {
  const auto importer = Small(1)
                            .With("p.weight_scale", "BF16", {}, Brains({1.21875f}))
                            .Configured(Config(kAuto))
                            .Open();
  CHECK(Imported(importer, "p.weight").matrix.info.scale == Elem::kBF16);
  CheckScale(importer, 1.21875f);
}

TEST_CASE("bitnet: random matrices") {
  Random random(31);
  const auto threads = MakeThreads(3);
  REQUIRE(threads.ok());
  for (const auto& [rows, k] : {std::pair<size_t, size_t>{1, 1}, {50, 33}, {17, 200}}) {
    std::string bytes;
    for (size_t i = 0; i < rows * k; ++i) {
      size_t byte = 0;
      for (int field = 0; field < 4; ++field) byte = byte * 4 + random.Below(3);
      bytes += static_cast<char>(byte);
    }
    Checkpoint file;
    file.Add("a.weight", "U8", {rows, k}, bytes).Add("a.weight_scale", "F32", {1}, Floats({0.02f}));
    const auto importer = file.Open();
    const QuantizedMatrix matrix = Imported(importer, "a.weight", threads->get()).matrix;
    REQUIRE(matrix.info.n == 4 * rows);
    for (size_t n = 0; n < 4 * rows; ++n) {
      for (size_t c = 0; c < k; ++c) {
        const int field = static_cast<uint8_t>(bytes[n % rows * k + c]) >> (2 * (n / rows)) & 3;
        REQUIRE(matrix.Value(n, c) == double(0.02f) * (field - 1));
      }
    }
  }
}

TEST_CASE("bitnet: a bias tells that the last quarter is short") {
  const auto importer = Small(0.5f)
                            .Add("p.bias", "F32", {7}, Floats(std::vector<float>(7)))
                            .Configured(Config(kAuto))
                            .Open();
  const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
  CHECK(matrix.info.n == 7);
  CHECK(matrix.Value(6, 1) == 0.5 * ((6 + 2) % 3 - 1));
  // Four outputs would be one row of bytes, not two.
  const auto other = Small(0.5f)
                         .Add("p.bias", "F32", {4}, Floats(std::vector<float>(4)))
                         .Configured(Config(kAuto))
                         .Open();
  CHECK(Imported(other, "p.weight").matrix.info.n == 8);
}

TEST_CASE("bitnet: what is refused") {
  const Checkpoint file = Small(0.5f).Configured(Config(kAuto));
  CheckFails(file.With("p.weight", "U8", {2, 2}, "\x18\x86\x61\xd8").Open(), Code::kCorruptFile,
             {"'p.weight'", "output 7, channel 1 is 3"});
  CheckRefused(file.With("p.weight", "U8", {4}, "\x18\x86\x61\x18").Open(), Code::kCorruptFile,
               {"'p.weight'", "[4]", "[any, any]"});
  CheckRefused(file.With("p.weight_scale", "F32", {2}, Floats({1, 1})).Open(), Code::kCorruptFile,
               {"'p.weight_scale'", "[2]", "[1]"});
  CheckRefused(file.With("p.weight_scale", "F32", {1}, Floats({std::nanf("")})).Open(),
               Code::kNotFinite, {"'p.weight_scale'"});
  CheckRefused(Small(0).Configured(Config(kPlain)).Open(), Code::kNotFinite,
               {"'p.weight_scale'", "divided by"});
  const auto none = file.Without("p.weight_scale").Open();
  REQUIRE(none.ok());
  CHECK(none->weights().empty());
}

}  // namespace
}  // namespace lutgemm
