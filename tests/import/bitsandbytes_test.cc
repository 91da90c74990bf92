#include "checkpoint.h"

#include "format/codebook.h"

#include <cmath>

namespace lutgemm {
namespace {

using import_test::CheckFails;
using import_test::Checkpoint;
using import_test::CheckRefused;
using import_test::Floats;
using import_test::Imported;
using import_test::Random;

std::vector<float> Nf4() { return {std::begin(format::kNf4), std::end(format::kNf4)}; }
// The values of its FP4, in twelfths.
std::vector<float> Fp4() {
  std::vector<float> values;
  for (const float v : {0.0f, 0.0625f, 8.0f, 12.0f, 4.0f, 6.0f, 2.0f, 3.0f})
    values.push_back(v / 12);
  for (size_t i = 0; i < 8; ++i) values.push_back(-values[i]);
  return values;
}

constexpr std::string_view kState = "p.weight.quant_state.bitsandbytes__nf4";

Checkpoint& AddState(Checkpoint& file, const std::string& json) {
  return file.Add(std::string(kState), "U8", {json.size()}, json);
}

// Three rows of 128 in blocks of 64.
Checkpoint File(const std::string& codes, const std::vector<float>& map,
                const std::vector<float>& absmax) {
  Checkpoint file;
  file.Add("p.weight", "U8", {192, 1}, codes);
  file.Add("p.weight.absmax", "F32", {6}, Floats(absmax));
  file.Add("p.weight.quant_map", "F32", {16}, Floats(map));
  return AddState(file, R"({"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16",
      "shape": [3, 128]})");
}

int CodeAt(const std::string& codes, size_t i) {
  return static_cast<uint8_t>(codes[i / 2]) >> (i % 2 == 0 ? 4 : 0) & 15;
}

TEST_CASE("bitsandbytes: NF4, the codes and scales exact, its values rounded") {
  Random random(81);
  const std::string codes = random.Bytes(192);
  const std::vector<float> absmax = random.Scales(6);
  const auto importer = File(codes, Nf4(), absmax).Open();
  const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
  const ImportableWeights& listed = importer->weights()[0];
  CHECK(listed.type == "bitsandbytes nf4");
  CHECK(import_test::Contains(listed.note, "rounded to 8 bits"));
  CHECK(listed.convention == Convention::kBitsandbytes);
  CHECK(listed.tensors[0] == "p.weight");
  CHECK(matrix.info.format == WeightFormat::kNf4);
  CHECK(matrix.info.group == 64);
  CHECK(matrix.scales == absmax);
  for (size_t i = 0; i < 384; ++i) {
    REQUIRE(matrix.codes[i] == CodeAt(codes, i));
    const double exact = double(Nf4()[matrix.codes[i]]) * absmax[i / 64];
    CHECK(std::fabs(matrix.Value(i / 128, i % 128) - exact) <= std::fabs(absmax[i / 64]) / 254);
  }
}

TEST_CASE("bitsandbytes: a map that int8 multiples hold is exact") {
  Random random(82);
  std::vector<float> map;
  for (int i = 0; i < 16; ++i) map.push_back(static_cast<float>(i * i - 100) / 128);
  const std::string codes = random.Bytes(192);
  const std::vector<float> absmax = random.Scales(6);
  const auto importer = File(codes, map, absmax).Open();
  const QuantizedMatrix matrix = Imported(importer, "p.weight").matrix;
  CHECK(matrix.info.format == WeightFormat::kCodebook);
  CHECK(importer->weights()[0].note == "");
  for (size_t i = 0; i < 384; ++i) {
    const auto code = static_cast<size_t>(CodeAt(codes, i));
    REQUIRE(matrix.Value(i / 128, i % 128) == double(map[code]) * absmax[i / 64]);
  }
}

TEST_CASE("bitsandbytes: nested scales") {
  Random random(83);
  const std::string codes = random.Bytes(192), absmax = random.Bytes(6);
  std::vector<float> map(256);
  for (size_t i = 0; i < 256; ++i) map[i] = static_cast<float>(i) / 300 - 0.4f;
  Checkpoint file = File(codes, Nf4(), {1, 1, 1, 1, 1, 1})
                        .With("p.weight.absmax", "U8", {6}, absmax)
                        .Without(kState);
  AddState(file, R"({"blocksize": 64, "shape": [3, 128], "nested_blocksize": 4,
      "nested_offset": 0.04317, "nested_dtype": "float32"})");
  file.Add("p.weight.nested_absmax", "F32", {2}, Floats({0.37f, 0.11f}));
  file.Add("p.weight.nested_quant_map", "F32", {256}, Floats(map));
  const QuantizedMatrix matrix = Imported(file.Open(), "p.weight").matrix;
  for (size_t i = 0; i < 6; ++i) {
    const float product = map[static_cast<uint8_t>(absmax[i])] * (i < 4 ? 0.37f : 0.11f);
    CHECK(matrix.scales[i] == product + 0.04317f);
  }
  CheckRefused(file.Without("p.weight.nested_absmax").Open(), Code::kCorruptFile,
               {"'p.weight.nested_absmax' is missing"});
  CheckRefused(file.With("p.weight.nested_absmax", "F32", {1}, Floats({1})).Open(),
               Code::kCorruptFile, {"'p.weight.nested_absmax'", "[1]", "[2]"});
  CheckRefused(file.With("p.weight.nested_quant_map", "F32", {1}, Floats({1})).Open(),
               Code::kCorruptFile, {"'p.weight.nested_quant_map'", "[256]"});
  Checkpoint without = file.Without(kState);
  CheckRefused(AddState(without, R"({"blocksize": 64, "shape": [3, 128]})").Open(),
               Code::kCorruptFile, {"'p.weight.absmax'", "nested_blocksize"});
  map[3] = std::nanf("");
  CheckFails(file.With("p.weight.nested_quant_map", "F32", {256}, Floats(map))
                 .With("p.weight.absmax", "U8", {6}, std::string("\1\2\3\4\5\6", 6))
                 .Open(),
             Code::kNotFinite, {"'p.weight.absmax'", "block 2 is nan"});
}

TEST_CASE("bitsandbytes: FP4 is no multiple of 8 bits") {
  CheckRefused(File(std::string(192, 'a'), Fp4(), {1, 1, 1, 1, 1, 1}).Open(),
               Code::kUnsupportedFormat, {"'p.weight.quant_map'", "not those of NF4"});
}

TEST_CASE("bitsandbytes: a table that no codebook can have is the file's fault") {
  std::vector<float> map = Nf4();
  map[0] = -1e30f;
  CheckRefused(File(std::string(192, 'a'), map, {1, 1, 1, 1, 1, 1}).Open(),
               Code::kUnsupportedFormat, {"'p.weight.quant_map'", "unit"});
}

TEST_CASE("bitsandbytes: what is refused") {
  const Checkpoint file = File(std::string(192, 'a'), Nf4(), {1, 1, 1, 1, 1, 1});
  const auto with = [&](const std::string& json) {
    Checkpoint other = file.Without(kState);
    return AddState(other, json).Open();
  };
  CheckRefused(file.Without("p.weight").Open(), Code::kCorruptFile, {"'p.weight' is missing"});
  CheckRefused(file.Without("p.weight.absmax").Open(), Code::kCorruptFile,
               {"'p.weight.absmax' is missing"});
  CheckRefused(file.Without("p.weight.quant_map").Open(), Code::kCorruptFile,
               {"'p.weight.quant_map' is missing"});
  CheckRefused(file.With("p.weight.absmax", "F32", {5}, Floats({1, 1, 1, 1, 1})).Open(),
               Code::kCorruptFile, {"'p.weight.absmax'", "[5]", "[6]"});
  CheckRefused(with(R"({"blocksize": 64, "shape": [4, 96]})"), Code::kUnsupportedFormat,
               {kState, "blocks of 64", "rows of 96"});
  CheckRefused(with(R"({"blocksize": 64, "shape": [3, 64]})"), Code::kCorruptFile,
               {kState, "3 x 64", "384 codes"});
  CheckRefused(with(R"({"blocksize": 64, "shape": [9223372036854775808, 2]})"), Code::kCorruptFile,
               {kState, "384 codes"});
  CheckRefused(with(R"({"blocksize": 64, "shape": [384]})"), Code::kUnsupportedFormat,
               {kState, "1 dimensions"});
  CheckRefused(with(R"({"blocksize": 3, "shape": [3, 128]})"), Code::kUnsupportedFormat,
               {"blocks of 3"});
  const float inf = std::numeric_limits<float>::infinity();
  CheckFails(file.With("p.weight.absmax", "F32", {6}, Floats({1, 1, 1, inf, 1, 1})).Open(),
             Code::kNotFinite, {"'p.weight.absmax'", "block 3 is inf"});
}

}  // namespace
}  // namespace lutgemm
