#include "checkpoint.h"

namespace lutgemm {
namespace {

using import_test::CheckFails;
using import_test::Checkpoint;
using import_test::CheckRefused;
using import_test::Floats;
using import_test::Halves;
using import_test::Imported;
using import_test::Random;
using import_test::Words;

constexpr unsigned kOrder[8] = {0, 2, 4, 6, 1, 3, 5, 7};

// Columns 0 to 7 have codes 0 to 7 in one row of K = 4.
Checkpoint Small() {
  Checkpoint file;
  file.Add("p.qweight", "I32", {4, 1}, Words({0x75316420, 0x75316420, 0, 0x75316420}));
  file.Add("p.qzeros", "I32", {1, 1}, Words({0x75316420}));
  file.Add("p.scales", "F16", {1, 8}, Halves({1, 2, 4, 8, 16, 32, 64, 128}));
  return file;
}

std::string Config(std::string_view version) {
  return R"({"quantization_config": {"quant_method": "awq", "bits": 4, "version": ")" +
         std::string(version) + R"("}})";
}

TEST_CASE("awq: the known vector") {
  for (const bool configured : {true, false}) {
    const auto importer = (configured ? Small().Configured(Config("GEMM")) : Small()).Open();
    const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
    CHECK(importer->weights()[0].convention == Convention::kAwq);
    CHECK(importer->weights()[0].type == "awq 4 bit");
    CHECK(matrix.info.n == 8);
    CHECK(matrix.info.k == 4);
    for (uint8_t n = 0; n < 8; ++n) {
      CHECK(matrix.zeros[n] == n);
      CHECK(matrix.codes[4 * size_t{n}] == n);
      CHECK(matrix.Value(n, 2) == -double(n) * (1 << n));
      CHECK(matrix.Value(n, 3) == 0);
    }
  }
}

TEST_CASE("awq: random matrices") {
  Random random(21);
  const auto threads = MakeThreads(2);
  REQUIRE(threads.ok());
  struct Shape {
    size_t n, k, group;
  };
  for (const Shape& s : {Shape{8, 4, 4}, Shape{136, 100, 20}, Shape{264, 192, 64},
                         Shape{520, 1100, 220}, Shape{16, 71, 71}}) {
    const size_t groups = s.k / s.group, words = s.n / 8;
    const auto qweight = random.WordsOf(s.k * words), qzeros = random.WordsOf(groups * words);
    const auto scales = random.Scales(groups * s.n);
    Checkpoint file;
    file.Add("a.qweight", "I32", {s.k, words}, Words(qweight));
    file.Add("a.qzeros", "I32", {groups, words}, Words(qzeros));
    file.Add("a.scales", "F32", {groups, s.n}, Floats(scales));
    const auto importer = file.Open();
    const QuantizedMatrix matrix = Imported(importer, "a.weight", threads->get()).matrix;
    const auto at = [&](const std::vector<uint32_t>& from, size_t row, size_t n) {
      const auto t = static_cast<unsigned>(std::find(kOrder, kOrder + 8, n % 8) - kOrder);
      return static_cast<int>(from[row * words + n / 8] >> (4 * t) & 15);
    };
    for (size_t n = 0; n < s.n; ++n) {
      for (size_t k = 0; k < s.k; ++k) {
        const size_t g = k / s.group;
        REQUIRE(matrix.Value(n, k) ==
                double(scales[g * s.n + n]) * (at(qweight, k, n) - at(qzeros, g, n)));
      }
    }
  }
}

TEST_CASE("awq: symmetric weights store no zeros") {
  const auto importer = Small().With("p.qzeros", "I32", {1, 1}, Words({0x88888888})).Open();
  const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
  CHECK(matrix.info.zero == ZeroKind::kNone);
  CHECK(matrix.Value(1, 0) == -14);
}

TEST_CASE("awq: what is refused") {
  const Checkpoint file = Small().Configured(Config("gemm"));
  for (const std::string_view version : {"gemv", "gemv_fast", "marlin"}) {
    CheckRefused(Small().Configured(Config(version)).Open(), Code::kUnsupportedFormat,
                 {"'p.qweight'", version, "only gemm is read"});
  }
  CheckRefused(
      Small().Configured(R"({"quantization_config": {"quant_method": "awq", "bits": 8}})").Open(),
      Code::kUnsupportedFormat, {"8 bits", "4 bits only"});
  CheckRefused(file.Without("p.qzeros").Open(), Code::kCorruptFile, {"'p.qzeros' is missing"});
  CheckRefused(file.Without("p.scales").Open(), Code::kCorruptFile, {"'p.scales' is missing"});
  CheckRefused(file.With("p.scales", "F16", {2, 4}, Halves({1, 1, 1, 1, 1, 1, 1, 1})).Open(),
               Code::kCorruptFile, {"'p.scales'", "[2, 4]", "[any, 8]"});
  CheckRefused(file.With("p.qzeros", "I32", {2, 1}, Words({1, 1})).Open(), Code::kCorruptFile,
               {"'p.qzeros'", "[2, 1]", "[1, 1]"});
  const float inf = std::numeric_limits<float>::infinity();
  CheckFails(file.With("p.scales", "F16", {1, 8}, Halves({1, 1, 1, 1, 1, 1, inf, 1})).Open(),
             Code::kNotFinite, {"'p.scales'", "element 6 is inf"});
}

}  // namespace
}  // namespace lutgemm
