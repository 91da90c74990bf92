// 4-bit floats of compressed-tensors and of ModelOpt; integers are in packed_ints_test.cc.
#include "checkpoint.h"

#include <cmath>

namespace lutgemm {
namespace {

using import_test::CheckFails;
using import_test::Checkpoint;
using import_test::CheckRefused;
using import_test::Floats;
using import_test::Imported;
using import_test::Random;

constexpr double kE2m1[16] = {0, .5, 1, 1.5, 2, 3, 4, 6, -0., -.5, -1, -1.5, -2, -3, -4, -6};

double Code(const std::string& bytes, size_t i) {
  return kE2m1[static_cast<uint8_t>(bytes[i / 2]) >> (4 * (i % 2)) & 15];
}
double E4m3(char byte) {
  const int code = static_cast<uint8_t>(byte), exponent = code >> 3, fraction = code & 7;
  return exponent == 0 ? std::ldexp(fraction, -9) : std::ldexp(8 + fraction, exponent - 10);
}

// Two rows of K = 48 with scales of every exponent.
struct Nvfp4 {
  std::string codes, scales;
  explicit Nvfp4(uint64_t seed) : codes(Random(seed).Bytes(48)) {
    for (const int code : {0x00, 0x07, 0x38, 0x41, 0x7e, 0x23}) scales += static_cast<char>(code);
  }
  Checkpoint File(float global) const {
    Checkpoint file;
    file.Add("p.weight_packed", "U8", {2, 24}, codes);
    file.Add("p.weight_scale", "F8_E4M3", {2, 3}, scales);
    file.Add("p.weight_global_scale", "F32", {1}, Floats({global}));
    return file;
  }
};

TEST_CASE("nvfp4: a global scale that is a power of two is exact") {
  const Nvfp4 made(61);
  const auto importer = made.File(0.125f).Open();
  const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
  CHECK(importer->weights()[0].type == "nvfp4-pack-quantized");
  CHECK(importer->weights()[0].note == "");
  for (size_t i = 0; i < 96; ++i) {
    CHECK(matrix.Value(i / 48, i % 48) == Code(made.codes, i) * E4m3(made.scales[i / 16]) * 8);
  }
}

// The quotient q * s / global, which the convention's reader rounds twice in f32, and we once in
// the factor and once in the end: two errors of half a unit each, of either.
TEST_CASE("nvfp4: other global scales are within a unit in the last place") {
  const Nvfp4 made(62);
  for (const float global : {3.0f, 1234.5f, 0.0371f}) {
    const auto importer = made.File(global).Open();
    const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
    CHECK(importer->weights()[0].note != "");
    for (size_t i = 0; i < 96; ++i) {
      const double exact = Code(made.codes, i) * E4m3(made.scales[i / 16]) / double(global);
      const auto got = static_cast<float>(matrix.Value(i / 48, i % 48));
      const auto scale = static_cast<float>(E4m3(made.scales[i / 16])) / global;
      const float reader = static_cast<float>(Code(made.codes, i)) * scale;
      CHECK(std::fabs(got - exact) <= std::fabs(exact) * 0x1p-23);
      CHECK(std::fabs(got - reader) <= std::fabs(exact) * 0x1p-22);
    }
  }
}

TEST_CASE("nvfp4: ModelOpt's names, and a second scale that multiplies") {
  const Nvfp4 made(63);
  Checkpoint file;
  file.Add("p.weight", "U8", {2, 24}, made.codes);
  file.Add("p.weight_scale", "F8_E4M3", {2, 3}, made.scales);
  file.Add("p.weight_scale_2", "F32", {}, Floats({0.3f}));
  for (const bool configured : {false, true}) {
    const Checkpoint with = configured
                                ? file.Configured(R"({"quantization": {"quant_algo": "NVFP4"}})",
                                                  "hf_quant_config.json")
                                : file;
    const auto importer = with.Open();
    const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
    CHECK(importer->weights()[0].type == "modelopt nvfp4");
    CHECK(importer->weights()[0].note == "");
    for (size_t i = 0; i < 96; ++i) {
      CHECK(matrix.Value(i / 48, i % 48) ==
            Code(made.codes, i) * E4m3(made.scales[i / 16]) * double(0.3f));
    }
  }
}

TEST_CASE("mxfp4 of compressed-tensors") {
  const std::string codes = Random(64).Bytes(64);
  for (const std::string_view dtype : {"U8", "F8_E8M0"}) {
    Checkpoint file;
    file.Add("p.weight_packed", "U8", {2, 32}, codes);
    file.Add("p.weight_scale", dtype, {2, 2}, std::string("\x7f\x00\x80\xfe", 4));
    const auto importer = file.Open();
    const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
    CHECK(importer->weights()[0].type == "mxfp4-pack-quantized");
    const int exponents[] = {0, -127, 1, 127};
    for (size_t i = 0; i < 128; ++i) {
      CHECK(matrix.Value(i / 64, i % 64) == std::ldexp(Code(codes, i), exponents[i / 32]));
    }
  }
}

TEST_CASE("4-bit floats: what is refused") {
  const Checkpoint file = Nvfp4(65).File(2);
  CheckRefused(file.Without("p.weight_scale").Open(), Code::kCorruptFile,
               {"'p.weight_scale' is missing"});
  CheckRefused(file.Without("p.weight_global_scale").Open(), Code::kCorruptFile,
               {"'p.weight_global_scale' is missing"});
  for (const float global : {0.0f, -1.0f, 1e-40f}) {
    CheckRefused(file.With("p.weight_global_scale", "F32", {1}, Floats({global})).Open(),
                 Code::kNotFinite, {"'p.weight_global_scale'", "positive"});
  }
  CheckRefused(file.With("p.weight_scale", "F8_E4M3", {3, 2}, "123456").Open(), Code::kCorruptFile,
               {"'p.weight_scale'", "[3, 2]", "[2, 3]"});
  CheckFails(file.With("p.weight_scale", "F8_E4M3", {2, 3}, "12345\x7f").Open(), Code::kNotFinite,
             {"'p.weight_scale'", "element 5 is nan"});
  CheckFails(file.With("p.weight_scale", "F8_E4M3", {2, 3}, "1234\xb8\x31").Open(),
             Code::kCorruptFile, {"'p.weight_scale'", "element 4 is -1", "not negative"});
}

}  // namespace
}  // namespace lutgemm
