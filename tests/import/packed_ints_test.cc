#include "checkpoint.h"

namespace lutgemm {
namespace {

using import_test::BitsAt;
using import_test::Brains;
using import_test::CheckFails;
using import_test::Checkpoint;
using import_test::CheckRefused;
using import_test::Floats;
using import_test::Imported;
using import_test::Longs;
using import_test::Random;
using import_test::Words;

std::string Config(unsigned bits, size_t group = 128) {
  return R"({"quantization_config": {"quant_method": "compressed-tensors",
      "format": "pack-quantized", "config_groups": {"group_0": {"weights": {"group_size": )" +
         std::to_string(group) + R"(, "num_bits": )" + std::to_string(bits) + "}}}}}";
}

// -8, -7, -1, 0, 1, 2, 6, 7 in one row.
Checkpoint Small() {
  Checkpoint file;
  file.Add("p.weight_packed", "I32", {1, 1}, Words({0xfea98710}));
  file.Add("p.weight_scale", "BF16", {1, 1}, Brains({0.5f}));
  file.Add("p.weight_shape", "I64", {2}, Longs({1, 8}));
  return file;
}

TEST_CASE("pack-quantized: the known vector") {
  const auto importer = Small().Configured(Config(4)).Open();
  const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
  CHECK(importer->weights()[0].convention == Convention::kCompressedTensors);
  CHECK(importer->weights()[0].type == "pack-quantized 4 bit");
  CHECK(matrix.info.zero == ZeroKind::kNone);
  CHECK(matrix.info.scale == Elem::kBF16);
  const double values[] = {-8, -7, -1, 0, 1, 2, 6, 7};
  for (size_t k = 0; k < 8; ++k) CHECK(matrix.Value(0, k) == 0.5 * values[k]);
}

struct Shape {
  unsigned bits;
  size_t n, k, group;
  bool dense = true;
};

size_t CeilDiv(size_t a, size_t b) { return (a + b - 1) / b; }

// Codes from words as their definition says it.
struct RandomInts {
  std::vector<uint32_t> codes, zeros;
  std::vector<float> scales;
  Shape shape;

  RandomInts(Random& random, const Shape& s) : shape(s) {
    codes = random.WordsOf(s.n * words(s.k));
    zeros = random.WordsOf(words(s.n) * groups());
    scales = random.Scales(s.n * groups());
  }
  size_t groups() const { return CeilDiv(shape.k, shape.group); }
  // Of so many codes or zero points, which are packed alike.
  size_t words(size_t count) const {
    return shape.dense ? CeilDiv(count * shape.bits, 32) : CeilDiv(count, 32 / shape.bits);
  }
  size_t BitOf(size_t i) const {
    const size_t per_word = 32 / shape.bits;
    return shape.dense ? i * shape.bits : i / per_word * 32 + i % per_word * shape.bits;
  }
  Checkpoint File(bool with_zeros) const {
    Checkpoint file;
    file.Add("a.weight_packed", "I32", {shape.n, words(shape.k)}, Words(codes));
    file.Add("a.weight_scale", "F32", {shape.n, groups()}, Floats(scales));
    file.Add("a.weight_shape", "I64", {2}, Longs({shape.n, shape.k}));
    if (with_zeros) {
      file.Add("a.weight_zero_point", "I32", {words(shape.n), groups()}, Words(zeros));
    }
    return file;
  }
  int Signed(size_t n, size_t k) const {
    const auto word = [&](size_t i) { return codes[n * words(shape.k) + i]; };
    return static_cast<int>(BitsAt(word, BitOf(k), shape.bits)) - (1 << (shape.bits - 1));
  }
  int Zero(size_t n, size_t g) const {
    const auto word = [&](size_t i) { return zeros[i * groups() + g]; };
    return static_cast<int>(BitsAt(word, BitOf(n), shape.bits)) - (1 << (shape.bits - 1));
  }
};

TEST_CASE("pack-quantized: random matrices of every number of bits") {
  Random random(51);
  const auto threads = MakeThreads(3);
  REQUIRE(threads.ok());
  const Shape shapes[] = {{2, 20, 96, 32},         {3, 40, 200, 20},      {4, 33, 128, 128},
                          {5, 7, 64, 16},          {6, 50, 72, 24},       {8, 9, 60, 12},
                          {3, 18, 200, 20, false}, {5, 5, 64, 16, false}, {6, 20, 72, 24, false},
                          {4, 70, 200, 64}};
  for (const Shape& shape : shapes) {
    for (const bool with_zeros : {false, true}) {
      CAPTURE(shape.bits);
      CAPTURE(shape.dense);
      const RandomInts made(random, shape);
      const auto importer =
          made.File(with_zeros).Configured(Config(shape.bits, shape.group)).Open();
      const QuantizedMatrix matrix = Imported(importer, "a.weight", threads->get()).matrix;
      CHECK(matrix.info.zero == (with_zeros ? ZeroKind::kInteger : ZeroKind::kNone));
      for (size_t n = 0; n < shape.n; ++n) {
        for (size_t k = 0; k < shape.k; ++k) {
          const size_t g = k / shape.group;
          const int zero = with_zeros ? made.Zero(n, g) : 0;
          REQUIRE(matrix.Value(n, k) ==
                  double(made.scales[n * made.groups() + g]) * (made.Signed(n, k) - zero));
        }
      }
    }
  }
}

TEST_CASE("pack-quantized: bits that nothing but the width says") {
  Random random(52);
  const RandomInts made(random, {3, 4, 96, 96});
  CHECK(Imported(made.File(false).Open(), "a.weight").matrix.info.format == WeightFormat::kInt3);
  // 11 codes of 3 bits take two words densely and otherwise; so do others.
  CheckRefused(Small()
                   .With("p.weight_packed", "I32", {1, 2}, Words({1, 2}))
                   .With("p.weight_shape", "I64", {2}, Longs({1, 11}))
                   .Open(),
               Code::kUnsupportedFormat,
               {"'p.weight_packed'", "3 bits or 3 bits, 10 codes in a word", "config"});
}

TEST_CASE("pack-quantized: one scale of a row or of all weights") {
  Random random(53);
  const RandomInts made(random, {4, 5, 24, 24});
  const Checkpoint file = made.File(false).Configured(Config(4));
  const auto rows = file.With("a.weight_scale", "F32", {5}, Floats({1, 2, 3, 4, 5})).Open();
  CHECK(Imported(rows, "a.weight").matrix.info.group == kWholeRow);
  CHECK(Imported(rows, "a.weight").matrix.Value(4, 1) == 5.0 * made.Signed(4, 1));
  const Checkpoint whole = file.With("a.weight_scale", "F32", {1}, Floats({0.5f}));
  CHECK(Imported(whole.Open(), "a.weight").matrix.info.group == kWholeTensor);
  CHECK(Imported(whole.Open(), "a.weight").matrix.Value(3, 23) == 0.5 * made.Signed(3, 23));
  const auto zero = Checkpoint(whole).Add("a.weight_zero_point", "I8", {1}, "\xfb").Open();
  CHECK(Imported(zero, "a.weight").matrix.Value(3, 23) == 0.5 * (made.Signed(3, 23) + 5));
  const auto beyond = Checkpoint(whole).Add("a.weight_zero_point", "I8", {1}, "\x08").Open();
  CheckRefused(beyond, Code::kCorruptFile, {"'a.weight_zero_point'", "element 0 is 8", "-8 to 7"});
}

TEST_CASE("pack-quantized: zero points in the middle are not stored") {
  Random random(54);
  const RandomInts made(random, {4, 8, 32, 8});
  const auto importer =
      made.File(false)
          .Add("a.weight_zero_point", "I32", {1, 4}, Words(std::vector<uint32_t>(4, 0x88888888)))
          .Configured(Config(4))
          .Open();
  CHECK(Imported(importer, "a.weight").matrix.info.zero == ZeroKind::kNone);
}

TEST_CASE("pack-quantized: an order of channels") {
  Random random(55);
  const RandomInts made(random, {4, 6, 32, 16});
  std::vector<uint32_t> g_idx(32);
  for (size_t k = 0; k < 32; ++k) g_idx[k] = k % 2 == 0;
  const Checkpoint file = made.File(true).Configured(Config(4, 16));
  const auto importer = Checkpoint(file).Add("a.weight_g_idx", "I32", {32}, Words(g_idx)).Open();
  const ImportedWeights imported = Imported(importer, "a.weight");
  REQUIRE(imported.act_order.size() == 32);
  CHECK(imported.act_order[0] == 1);
  CHECK(imported.act_order[31] == 30);
  for (size_t j = 0; j < 32; ++j) {
    const size_t k = imported.act_order[j], g = g_idx[k];
    for (size_t n = 0; n < 6; ++n) {
      REQUIRE(imported.matrix.Value(n, j) ==
              double(made.scales[n * 2 + g]) * (made.Signed(n, k) - made.Zero(n, g)));
    }
  }
  g_idx[5] = ~0u;
  const auto unset = Checkpoint(file).Add("a.weight_g_idx", "I32", {32}, Words(g_idx)).Open();
  CHECK(Imported(unset, "a.weight").act_order.empty());
}

TEST_CASE("int-quantized: bytes of their own") {
  Checkpoint file;
  file.Add("p.weight", "I8", {2, 4}, std::string("\x80\xff\x00\x7f\x01\x02\x03\x04", 8));
  file.Add("p.weight_scale", "F32", {2, 1}, Floats({0.5f, 2}));
  const auto importer = file.Open();
  const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
  CHECK(importer->weights()[0].type == "int-quantized 8 bit");
  const double values[] = {-64, -0.5, 0, 63.5, 2, 4, 6, 8};
  for (size_t i = 0; i < 8; ++i) CHECK(matrix.Value(i / 4, i % 4) == values[i]);
  const auto zero = Checkpoint(file).Add("p.weight_zero_point", "I8", {2, 1}, "\x7f\x80").Open();
  CHECK(Imported(zero, "p.weight").matrix.Value(0, 0) == 0.5 * (-128 - 127));
  CHECK(Imported(zero, "p.weight").matrix.Value(1, 0) == 2.0 * (1 + 128));
}

TEST_CASE("pack-quantized: what is refused") {
  const Checkpoint file = Small().Configured(Config(4));
  CheckRefused(file.Without("p.weight_scale").Open(), Code::kCorruptFile,
               {"'p.weight_scale' is missing"});
  CheckRefused(file.Without("p.weight_shape").Open(), Code::kCorruptFile,
               {"'p.weight_shape' is missing"});
  CheckRefused(Small().Configured(Config(7)).Open(), Code::kUnsupportedFormat,
               {"'p.weight_packed'", "1 words for 8 channels"});
  for (const auto& [n, k] :
       {std::pair<uint64_t, uint64_t>{2, 8}, {1, 0}, {1, 17}, {1, ~uint64_t{0}}}) {
    CheckRefused(file.With("p.weight_shape", "I64", {2}, Longs({n, k})).Open(), Code::kCorruptFile,
                 {"'p.weight_shape'", "rows of 1 words"});
  }
  CheckRefused(file.With("p.weight_scale", "F32", {2, 1}, Floats({1, 1})).Open(),
               Code::kCorruptFile, {"'p.weight_scale'", "[2, 1]", "[1, any]"});
  CheckRefused(file.With("p.weight_scale", "F32", {1, 9}, Floats(std::vector<float>(9))).Open(),
               Code::kCorruptFile, {"'p.weight_scale'", "9 groups for 8 channels"});
  CheckRefused(Checkpoint(file).Add("p.weight_zero_point", "I32", {1, 2}, Words({1, 2})).Open(),
               Code::kCorruptFile, {"'p.weight_zero_point'", "[1, 2]", "[1, 1]"});
  CheckRefused(
      Checkpoint(file).Add("p.weight_g_idx", "I32", {8}, Words(std::vector<uint32_t>(8, 1))).Open(),
      Code::kCorruptFile, {"'p.weight_g_idx'", "element 0 is 1"});
  CheckRefused(Small()
                   .Configured(R"({"quantization_config": {"quant_method": "compressed-tensors",
      "format": "marlin-24"}})")
                   .Open(),
               Code::kUnsupportedFormat, {"'marlin-24'"});
  const float inf = std::numeric_limits<float>::infinity();
  CheckFails(file.With("p.weight_scale", "BF16", {1, 1}, Brains({inf})).Open(), Code::kNotFinite,
             {"'p.weight_scale'", "element 0 is inf"});
}

}  // namespace
}  // namespace lutgemm
