#include "checkpoint.h"

#include <numeric>

namespace lutgemm {
namespace {

using import_test::BitsAt;
using import_test::CheckFails;
using import_test::Checkpoint;
using import_test::CheckRefused;
using import_test::Floats;
using import_test::Halves;
using import_test::Imported;
using import_test::Random;
using import_test::Words;

// q[k][n] = (k + 3n) mod 16 for K = 8, N = 2, and one group.
Checkpoint Small(uint32_t zeros, size_t n = 2) {
  Checkpoint file;
  file.Add("p.qweight", "I32", {1, n}, Words({0x76543210, 0xa9876543}));
  file.Add("p.qzeros", "I32", {1, 1}, Words({zeros}));
  file.Add("p.scales", "F16", {1, n}, Halves({0.5f, 0.25f}));
  file.Add("p.g_idx", "I32", {8}, Words(std::vector<uint32_t>(8)));
  return file;
}

constexpr std::string_view kV1 = R"({"quantization_config": {"quant_method": "gptq", "bits": 4}})";
constexpr std::string_view kV2 = R"({"quantization_config": {"quant_method": "gptq",
    "checkpoint_format": "gptq_v2", "bits": 4}})";

TEST_CASE("gptq: the known vector, zeros of both versions") {
  for (const bool v1 : {true, false}) {
    const Checkpoint file =
        Small(v1 ? 0x00000067 : 0x00000078).Configured(std::string(v1 ? kV1 : kV2));
    const auto importer = file.Open();
    const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
    CHECK(importer->weights()[0].convention == (v1 ? Convention::kGptq : Convention::kGptqV2));
    CHECK(importer->weights()[0].type == "gptq 4 bit");
    CHECK(importer->weights()[0].tensors ==
          std::vector<std::string>{"p.qweight", "p.qzeros", "p.scales", "p.g_idx"});
    CHECK(importer->weights()[0].bytes == 48);
    CHECK(matrix.info.group == kWholeRow);
    CHECK(matrix.info.zero == ZeroKind::kInteger);
    CHECK(matrix.zeros == std::vector<uint8_t>{8, 7});
    for (size_t k = 0; k < 8; ++k) {
      CHECK(matrix.Value(0, k) == 0.5 * (double(k) - 8));
      CHECK(matrix.Value(1, k) == 0.25 * (double((k + 3) % 16) - 7));
    }
  }
}

TEST_CASE("gptq: symmetric weights store no zeros and tell the version") {
  const auto v1 = Small(0x77777777).Open();
  CHECK(Imported(v1, "p.weight").matrix.info.zero == ZeroKind::kNone);
  CHECK(v1->weights()[0].convention == Convention::kGptq);
  const auto v2 = Small(0x88888888).Open();
  CHECK(Imported(v2, "p.weight").matrix.Value(0, 1) == -3.5);
  CHECK(v2->weights()[0].convention == Convention::kGptqV2);
}

TEST_CASE("gptq: without a config other zeros may be of either version") {
  const auto importer = Small(0x00000067).Open();
  REQUIRE_FALSE(importer.ok());
  CHECK(importer.status().code() == Code::kUnsupportedFormat);
  CHECK(import_test::Contains(importer.status().text(), "as gptq and as gptq-v2"));
  const auto chosen = Small(0x00000067).Open({Convention::kGptqV2});
  CHECK(Imported(chosen, "p.weight").matrix.zeros == std::vector<uint8_t>{7, 6});
}

TEST_CASE("gptq: zeros one above the range") {
  const auto four = Small(0x0000007f).Configured(std::string(kV1)).Open();
  CHECK(Imported(four, "p.weight").matrix.zeros == std::vector<uint8_t>{16, 8});
  Checkpoint eight;
  eight.Add("p.qweight", "I32", {1, 4}, Words({1, 2, 3, 4}));
  eight.Add("p.qzeros", "I32", {1, 1}, Words({0x7f7fff7f}));
  eight.Add("p.scales", "F16", {1, 4}, Halves({1, 1, 1, 1}));
  CheckFails(eight.Configured(R"({"bits": 8})", "quantize_config.json").Open(),
             Code::kUnsupportedFormat, {"'p.qzeros'", "group 0, output 1 is 256"});
}

struct Shape {
  unsigned bits;
  size_t n, k, group;
};

struct RandomGptq {
  std::vector<uint32_t> qweight, qzeros;
  std::vector<float> scales;
  Shape shape;

  RandomGptq(Random& random, const Shape& s) : shape(s) {
    qweight = random.WordsOf(s.k * s.bits / 32 * s.n);
    qzeros = random.WordsOf(groups() * zero_words());
    scales = random.Scales(groups() * s.n);
  }
  size_t groups() const { return (shape.k + shape.group - 1) / shape.group; }
  size_t zero_words() const { return (shape.n * shape.bits + 31) / 32; }
  Checkpoint File() const {
    Checkpoint file;
    file.Add("a.scales", "F32", {groups(), shape.n}, Floats(scales));
    file.Add("a.qzeros", "I32", {groups(), zero_words()}, Words(qzeros));
    file.Add("a.qweight", "I32", {shape.k * shape.bits / 32, shape.n}, Words(qweight));
    return file;
  }
  double Value(size_t k, size_t n, size_t g) const {
    const auto code = [&](size_t i) { return qweight[i * shape.n + n]; };
    const auto zero = [&](size_t i) { return qzeros[g * zero_words() + i]; };
    const double q = BitsAt(code, k * shape.bits, shape.bits);
    return double(scales[g * shape.n + n]) * (q - BitsAt(zero, n * shape.bits, shape.bits));
  }
};

std::string ConfigOf(size_t group, unsigned bits = 4) {
  return R"({"quantization_config": {"quant_method": "gptq", "checkpoint_format": "gptq_v2",
      "group_size": )" +
         std::to_string(group) + R"(, "bits": )" + std::to_string(bits) + "}}";
}

TEST_CASE("gptq: random matrices of every number of bits") {
  Random random(11);
  const auto threads = MakeThreads(3);
  REQUIRE(threads.ok());
  const Shape shapes[] = {{2, 80, 48, 16}, {3, 96, 64, 32},   {4, 136, 328, 64},
                          {8, 12, 20, 8},  {4, 65, 600, 600}, {3, 32, 32, 4},
                          {2, 1, 16, 16},  {4, 200, 264, 128}};
  for (const Shape& shape : shapes) {
    CAPTURE(shape.bits);
    CAPTURE(shape.n);
    const RandomGptq made(random, shape);
    const auto importer = made.File().Configured(ConfigOf(shape.group, shape.bits)).Open();
    const ImportedWeights imported = Imported(importer, "a.weight", threads->get());
    CHECK(imported.act_order.empty());
    CHECK(imported.matrix.codes == Imported(importer, "a.weight").matrix.codes);
    for (size_t n = 0; n < shape.n; ++n) {
      for (size_t k = 0; k < shape.k; ++k) {
        REQUIRE(imported.matrix.Value(n, k) == made.Value(k, n, k / shape.group));
      }
    }
  }
}

TEST_CASE("gptq: an order of channels") {
  Random random(12);
  const RandomGptq made(random, {4, 72, 96, 32});
  std::vector<uint32_t> g_idx(96);
  for (size_t k = 0; k < 96; ++k) g_idx[k] = static_cast<uint32_t>(k * 7 % 3);
  const auto importer =
      made.File().Add("a.g_idx", "I32", {96}, Words(g_idx)).Configured(ConfigOf(32)).Open();
  const ImportedWeights imported = Imported(importer, "a.weight");
  REQUIRE(imported.act_order.size() == 96);
  for (size_t j = 0; j < 96; ++j) {
    const uint32_t k = imported.act_order[j];
    CHECK(g_idx[k] == j / 32);
    if (j % 32 != 0) CHECK(imported.act_order[j - 1] < k);  // those of a group in their own order
    for (size_t n = 0; n < 72; ++n) {
      REQUIRE(imported.matrix.Value(n, j) == made.Value(k, n, g_idx[k]));
    }
  }
}

TEST_CASE("gptq: g_idx that is no order, or none that can be held") {
  Random random(13);
  const RandomGptq made(random, {4, 8, 32, 8});
  const auto with = [&](const std::vector<uint32_t>& g_idx) {
    return made.File()
        .Add("a.g_idx", "I32", {g_idx.size()}, Words(g_idx))
        .Configured(ConfigOf(8))
        .Open();
  };
  std::vector<uint32_t> g_idx(32);
  for (size_t k = 0; k < 32; ++k) g_idx[k] = static_cast<uint32_t>(k / 8);
  CHECK(Imported(with(g_idx), "a.weight").act_order.empty());
  CHECK(Imported(with({}), "a.weight").act_order.empty());
  g_idx[31] = 0;
  CheckRefused(with(g_idx), Code::kUnsupportedFormat,
               {"'a.g_idx'", "group 0 has 9 channels", "must have 8"});
  g_idx[31] = 4;
  CheckRefused(with(g_idx), Code::kCorruptFile, {"'a.g_idx'", "element 31 is 4", "0 to 3"});
  g_idx[31] = ~0u;
  CheckRefused(with(g_idx), Code::kCorruptFile, {"element 31 is -1"});
  g_idx.pop_back();
  CheckRefused(with(g_idx), Code::kCorruptFile, {"'a.qweight'", "the channels of g_idx"});
}

TEST_CASE("gptq: a last group that is shorter") {
  Random random(14);
  const RandomGptq made(random, {4, 8, 40, 16});
  const auto imported = Imported(made.File().Configured(ConfigOf(16)).Open(), "a.weight");
  CHECK(imported.matrix.info.groups() == 3);
  CHECK(imported.matrix.Value(7, 39) == made.Value(39, 7, 2));
  CheckRefused(made.File().Configured(ConfigOf(8)).Open(), Code::kCorruptFile,
               {"'a.scales'", "3 groups, which do not divide 40"});
}

TEST_CASE("gptq: what is refused") {
  const Checkpoint file = Small(0x77777777).Configured(std::string(kV1));
  CheckRefused(file.Without("p.qzeros").Open(), Code::kCorruptFile,
               {"'p.qzeros' is missing", "'p.qweight'"});
  CheckRefused(file.Without("p.scales").Open(), Code::kCorruptFile, {"'p.scales' is missing"});
  CheckRefused(file.With("p.scales", "F16", {2, 1}, Halves({1, 1})).Open(), Code::kCorruptFile,
               {"'p.scales'", "[2, 1]", "[any, 2]"});
  CheckRefused(file.With("p.scales", "I16", {1, 2}, Halves({1, 1})).Open(), Code::kCorruptFile,
               {"'p.scales'", "I16", "F16, BF16, F32"});
  CheckRefused(file.With("p.qzeros", "I32", {1, 3}, Words({1, 2, 3})).Open(), Code::kCorruptFile,
               {"'p.qweight'", "'p.qzeros' 3 for each group", "2, 3, 4 and 8 bits"});
  CheckRefused(file.With("p.qweight", "F32", {1, 2}, Words({0, 0})).Open(), Code::kCorruptFile,
               {"'p.qweight'", "F32"});
  CheckRefused(file.With("p.qweight", "I32", {2}, Words({0, 0})).Open(), Code::kCorruptFile,
               {"'p.qweight'", "[2]", "[any, any]"});
  CheckRefused(file.With("p.qweight", "I32", {0, 2}, "").Open(), Code::kCorruptFile,
               {"'p.qweight'", "not empty"});
  const Checkpoint many = file.With("p.scales", "F16", {4, 2}, Halves({1, 1, 1, 1, 1, 1, 1, 1}))
                              .With("p.qzeros", "I32", {4, 1}, Words({7, 7, 7, 7}));
  CheckRefused(many.Open(), Code::kBadArgument, {"'p.qweight'", "group 2"});
  CheckRefused(file.With("p.g_idx", "F32", {8}, Floats(std::vector<float>(8))).Open(),
               Code::kCorruptFile, {"'p.g_idx'", "F32"});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CheckFails(file.With("p.scales", "F16", {1, 2}, Halves({1, nan})).Open(), Code::kNotFinite,
             {"'p.scales'", "element 1 is nan"});
}

TEST_CASE("gptq: formats of kernels are refused by name") {
  const Checkpoint file = Small(0x77777777);
  CheckRefused(file.Configured(R"({"quantization_config": {"quant_method": "gptq",
      "checkpoint_format": "marlin"}})")
                   .Open(),
               Code::kUnsupportedFormat, {"'marlin'", "only gptq and gptq_v2"});
  CheckRefused(
      file.Configured(R"({"bits": 4, "is_marlin_format": true})", "quantize_config.json").Open(),
      Code::kUnsupportedFormat, {"quantize_config.json", "'marlin'"});
}

}  // namespace
}  // namespace lutgemm
