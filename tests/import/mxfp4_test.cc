#include "checkpoint.h"

#include <cmath>

namespace lutgemm {
namespace {

using import_test::CheckFails;
using import_test::Checkpoint;
using import_test::CheckRefused;
using import_test::Imported;
using import_test::Random;

constexpr double kE2m1[16] = {0, .5, 1, 1.5, 2, 3, 4, 6, -0., -.5, -1, -1.5, -2, -3, -4, -6};

Checkpoint Experts(const std::string& blocks, const std::string& scales) {
  Checkpoint file;
  file.Add("m.up_proj_blocks", "U8", {3, 2, 2, 16}, blocks);
  file.Add("m.up_proj_scales", "U8", {3, 2, 2}, scales);
  return file;
}

TEST_CASE("mxfp4: experts of one tensor") {
  Random random(71);
  const std::string blocks = random.Bytes(3 * 2 * 2 * 16);
  std::string scales;
  for (int i = 0; i < 12; ++i) scales += static_cast<char>(100 + 5 * i);
  for (const bool configured : {false, true}) {
    Checkpoint file = Experts(blocks, scales);
    if (configured) file = file.Configured(R"({"quantization_config": {"quant_method": "mxfp4"}})");
    const auto importer = file.Open();
    REQUIRE(importer.ok());
    REQUIRE(importer->weights().size() == 3);
    CHECK(importer->weights()[1].name == "m.up_proj[1]");
    CHECK(importer->weights()[1].bytes == 64 + 4);
    CHECK(importer->weights()[1].convention == Convention::kMxfp4);
    for (size_t e = 0; e < 3; ++e) {
      const auto imported = Imported(importer, "m.up_proj[" + std::to_string(e) + "]");
      REQUIRE(imported.matrix.info.n == 2);
      REQUIRE(imported.matrix.info.k == 64);
      for (size_t i = 0; i < 128; ++i) {
        const size_t at = e * 128 + i;
        const int code = static_cast<uint8_t>(blocks[at / 2]) >> (4 * (at % 2)) & 15;
        const int exponent = static_cast<uint8_t>(scales[at / 32]) - 127;
        CHECK(imported.matrix.Value(i / 64, i % 64) == std::ldexp(kE2m1[code], exponent));
      }
    }
  }
}

TEST_CASE("mxfp4: what is refused") {
  const Checkpoint file = Experts(std::string(192, 'a'), std::string(12, 'b'));
  CheckRefused(file.Without("m.up_proj_scales").Open(), Code::kCorruptFile,
               {"'m.up_proj_scales' is missing", "'m.up_proj_blocks'"});
  CheckRefused(file.With("m.up_proj_scales", "U8", {2, 3, 2}, std::string(12, 'b')).Open(),
               Code::kCorruptFile, {"'m.up_proj_scales'", "[2, 3, 2]", "[3, 2, 2]"});
  CheckRefused(file.With("m.up_proj_blocks", "U8", {3, 2, 4, 8}, std::string(192, 'a')).Open(),
               Code::kCorruptFile, {"'m.up_proj_blocks'", "[any, any, any, 16]"});
  Checkpoint many;
  many.Add("w_blocks", "U8", {65537, 1, 1, 16}, std::string(65537 * 16, 'a'));
  many.Add("w_scales", "U8", {65537, 1, 1}, std::string(65537, 'b'));
  CheckRefused(many.Open(), Code::kUnsupportedFormat, {"'w_blocks'", "65537 experts"});
  Checkpoint nan;
  nan.Add("w_blocks", "U8", {1, 1, 1, 16}, std::string(16, 'a'))
      .Add("w_scales", "U8", {1, 1, 1}, "\xff");
  CheckFails(nan.Open(), Code::kNotFinite, {"'w_scales'", "element 0 is nan"});
}

}  // namespace
}  // namespace lutgemm
