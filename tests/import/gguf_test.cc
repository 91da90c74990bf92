// GGUF files through the Importer.
#include "gguf_kit.h"
#include "io/kit.h"

#include <algorithm>
#include <cmath>

namespace lutgemm {
namespace {

using io_test::Contains;
using io_test::Gguf;
using io_test::GgufDeclaration;
using io_test::GgufKey;
using io_test::GgufString;
using io_test::Little;

// A file of tensors, each with its data.
class GgufFile {
 public:
  void Add(const std::string& name, std::vector<uint64_t> dims, uint32_t type,
           const std::string& data) {
    file_.data.resize((file_.data.size() + 31) / 32 * 32);
    file_.tensors.push_back(GgufDeclaration({name, std::move(dims), type, file_.data.size()}));
    file_.data += data;
  }
  void SetArchitecture(std::string_view name) {
    file_.keys.push_back(GgufKey("general.architecture", 8, GgufString(name)));
  }
  TensorFile Open() const {
    auto opened = TensorFile::Open(dir_.Put("m.gguf", file_.bytes()));
    REQUIRE_MESSAGE(opened.ok(), opened.status().text());
    return *opened;
  }
  Importer Import(const ImportOptions& options = {}) const {
    auto importer = Importer::Open(Open(), options);
    REQUIRE_MESSAGE(importer.ok(), importer.status().text());
    return *importer;
  }

 private:
  test::TempDir dir_;
  Gguf file_;
};

std::string Text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string Refusal(const Importer& importer, std::string_view name) {
  const ImportableWeights* weights = importer.Find(name);
  REQUIRE(weights != nullptr);
  const auto imported = importer.Import(name);
  CHECK_FALSE(imported.ok());
  CHECK(imported.status().code() == Code::kUnsupportedFormat);
  CHECK(imported.status().text().ends_with(".gguf: " + weights->refusal));
  return weights->refusal;
}

TEST_CASE("gguf importer: every type, found and read") {
  GgufFile file;
  file.Add("norm", {64}, 0, std::string(256, '\0'));
  std::vector<std::vector<std::byte>> blocks;
  for (const test::GgufCase& one : test::GgufCases()) {
    blocks.push_back(test::Blocks(one, 3, 512, {false, 11}));
    file.Add(std::string(one.name), {512, 3}, static_cast<uint32_t>(one.type), Text(blocks.back()));
  }
  const Importer importer = file.Import();
  REQUIRE(importer.weights().size() == test::GgufCases().size());
  for (size_t i = 0; i < blocks.size(); ++i) {
    const test::GgufCase& one = test::GgufCases()[i];
    CAPTURE(one.name);
    const ImportableWeights& weights = importer.weights()[i];
    CHECK(weights.name == one.name);
    CHECK(weights.type == one.name);
    CHECK(weights.tensors == std::vector<std::string>{weights.name});
    CHECK(weights.convention == Convention::kGguf);
    CHECK(weights.bytes == blocks[i].size());
    CHECK(weights.info.n == 3);
    CHECK(weights.refusal.empty());
    const auto imported = importer.Import(weights.name);
    REQUIRE_MESSAGE(imported.ok(), imported.status().text());
    CHECK(imported->act_order.empty());
    test::CheckValues(one, blocks[i], imported->matrix);
    const auto directly = lutgemm::Import(file.Open(), weights.name);
    REQUIRE(directly.ok());
    test::CheckSame(*directly, imported->matrix);
  }
  CHECK(importer.Find("norm") == nullptr);
  CHECK(importer.Import("norm").status().code() == Code::kNotFound);
}

TEST_CASE("gguf importer: experts in one tensor, and vectors") {
  const test::GgufCase& one = test::GgufCases()[0];
  const std::vector<std::byte> blocks = test::Blocks(one, 3 * 2, 64, {false, 4});
  GgufFile file;
  file.Add("exps", {64, 2, 3}, 2, Text(blocks));
  file.Add("row", {64}, 2, Text({blocks.begin(), blocks.begin() + 36}));
  file.Add("none", {64, 2, 0}, 2, "");
  file.Add("four", {32, 1, 1, 2}, 2, std::string(36, '\0'));
  const Importer importer = file.Import();
  REQUIRE(importer.weights().size() == 3 + 3);
  for (size_t expert = 0; expert < 3; ++expert) {
    const std::string name = "exps[" + std::to_string(expert) + "]";
    const auto imported = importer.Import(name);
    REQUIRE(imported.ok());
    CHECK(importer.Find(name)->tensors == std::vector<std::string>{"exps"});
    CHECK(importer.Find(name)->bytes == 72);
    const auto begin = blocks.begin() + static_cast<ptrdiff_t>(72 * expert);
    test::CheckValues(one, {begin, begin + 72}, imported->matrix);
  }
  CHECK(importer.Import("exps").status().code() == Code::kNotFound);
  CHECK(importer.Find("row")->info.n == 1);
  CHECK(importer.Import("row").ok());
  CHECK(Contains(Refusal(importer, "none"), "0 matrices"));
  CHECK(Contains(Refusal(importer, "four"), "4 dimensions"));
}

TEST_CASE("gguf importer: types without a format are listed with the reason") {
  GgufFile file;
  file.Add("lattice", {256, 1}, 16, std::string(66, '\0'));
  file.Add("one", {256, 1}, 29, std::string(56, '\0'));
  file.Add("act", {256, 1}, 15, std::string(292, '\0'));
  file.Add("tl1", {256, 8}, 38, std::string(256 * 8 / 4 + 32, '\0'));
  const Importer importer = file.Import();
  REQUIRE(importer.weights().size() == 4);
  CHECK(Contains(Refusal(importer, "lattice"), "tensor 'lattice': IQ2_XXS has codes"));
  CHECK(Contains(Refusal(importer, "one"), "IQ1_M has codes"));
  CHECK(Contains(Refusal(importer, "act"), "for activations"));
  CHECK(Contains(Refusal(importer, "tl1"), "TL1 is in the order of tiles"));
}

TEST_CASE("gguf importer: a scale that is not finite is told with the tensor") {
  const test::GgufCase& one = test::GgufCases()[7];
  std::vector<std::byte> blocks = test::Blocks(one, 2, 512, {false, 4});
  test::SetHalf(blocks, 2 * one.bytes, 0x7c00);
  GgufFile file;
  file.Add("w", {512, 2}, 12, Text(blocks));
  const auto imported = file.Import().Import("w");
  CHECK(imported.status().code() == Code::kNotFinite);
  CHECK(Contains(imported.status().text(), "weights 'w': block 0 of row 1 (Q4_K)"));
}

// Codes e mod 3, for which the layouts of both machines are known.
TEST_CASE("gguf importer: I2_S in the order of x86 and of Arm") {
  const std::string tail = Little(0x3e800000, 4) + std::string(28, '\0');  // 0.25
  std::string x86, arm;
  for (int i = 0; i < 10; ++i) x86 += "\x24\x49\x92";
  x86 += "\x24\x49";
  for (int i = 0; i < 5; ++i) arm += "\x18\x61\x86";
  arm += "\x18";
  const auto check = [&](const std::string& codes, I2sOrder order) {
    const size_t weights = codes.size() * 4;
    GgufFile file;
    file.Add("w", {weights / 2, 2}, 36, codes + tail);
    const Importer unknown = file.Import();
    CHECK(Contains(Refusal(unknown, "w"), "x86 or in that of Arm"));
    ImportOptions options;
    options.i2s_order = order;
    const auto imported = file.Import(options).Import("w");
    REQUIRE_MESSAGE(imported.ok(), imported.status().text());
    for (size_t e = 0; e < weights; ++e) {
      CHECK(imported->matrix.Value(e / (weights / 2), e % (weights / 2)) ==
            0.25 * (static_cast<double>(e % 3) - 1));
    }
    test::CheckPacked(imported->matrix);
  };
  check(x86, I2sOrder::kX86);
  check(arm, I2sOrder::kArm);
}

TEST_CASE("gguf importer: what I2_S cannot be") {
  ImportOptions x86;
  x86.i2s_order = I2sOrder::kX86;
  const auto read = [&](std::string codes, uint32_t scale, std::vector<uint64_t> dims) {
    GgufFile file;
    file.Add("w", std::move(dims), 36, std::move(codes) + Little(scale, 4) + std::string(28, '\0'));
    return file.Import(x86).Import("w").status();
  };
  CHECK(read(std::string(64, '\x55'), 0x3f800000, {128, 2}).ok());
  std::string three(64, '\x55');
  three[33] = '\x57';  // weight 128 + 96 + 1
  const Status bad = read(three, 0x3f800000, {128, 2});
  CHECK(bad.code() == Code::kCorruptFile);
  CHECK(Contains(bad.text(), "weight 225 has the pair 3"));
  CHECK(read(std::string(64, '\x55'), 0x7f800000, {128, 2}).code() == Code::kNotFinite);
  CHECK(Contains(read(std::string(16, '\x55'), 0x3f800000, {64, 1}).text(), "whole blocks of 128"));
  CHECK(Contains(read(std::string(64, '\x55'), 0x3f800000, {64, 2, 2}).text(), "3 dimensions"));
}

// 24 rows of 288: MXFP4 takes 3672 bytes, TL2 2048 or so; sizes tell them apart but where the
// tensor is the last.
TEST_CASE("gguf importer: ids that mean two things") {
  const uint64_t k = 512, n = 32;
  const size_t mxfp4 = k * n / 32 * 17, tl2 = (256 * n / 3 * 5 / 8 + 64 * n + 31) / 32 * 32 + 32;
  const std::string one(4, '\0');
  const auto type_of = [&](size_t bytes, bool last, bool bitnet, bool companion) {
    GgufFile file;
    if (bitnet) file.SetArchitecture("bitnet-b1.58");
    if (companion) file.Add("w_scale", {1}, 0, one);
    file.Add("w", {k, n}, 39, std::string(bytes, '\0'));
    if (!last) file.Add("x", {1}, 0, one);
    const Importer importer = file.Import();
    REQUIRE(importer.weights().size() == 1);
    if (importer.weights()[0].type != "MXFP4") Refusal(importer, "w");
    return importer.weights()[0].type;
  };
  CHECK(type_of(mxfp4, false, true, true) == "MXFP4");
  CHECK(type_of(tl2, false, false, false) == "TL2");
  CHECK(type_of(tl2, true, false, false) == "TL2");
  CHECK(type_of(mxfp4, true, false, false) == "MXFP4");
  CHECK(type_of(mxfp4, true, true, true) == "TL2");
  CHECK(type_of(mxfp4, true, true, false) == "MXFP4 or TL2");
  CHECK(type_of(mxfp4, true, false, true) == "MXFP4 or TL2");
}

TEST_CASE("gguf importer: other conventions are not looked for in a GGUF file") {
  GgufFile file;
  file.Add("w", {32, 2}, 2, std::string(36, '\0'));
  ImportOptions options;
  options.convention = Convention::kGguf;
  CHECK(file.Import(options).weights().size() == 1);
  options.convention = Convention::kGptq;
  CHECK(file.Import(options).weights().empty());
}

TEST_CASE("an importer that was not opened") {
  const Importer importer;
  CHECK(importer.weights().empty());
  CHECK(importer.Find("w") == nullptr);
  CHECK(importer.Import("w").status().code() == Code::kBadArgument);
}

TEST_CASE("names of conventions") {
  for (uint8_t number = 0; number <= static_cast<uint8_t>(Convention::kBitsandbytes); ++number) {
    const auto convention = static_cast<Convention>(number);
    CHECK(*ParseConvention(Name(convention)) == convention);
  }
  CHECK(*ParseConvention("GPTQ") == Convention::kGptq);
  CHECK(Name(static_cast<Convention>(99)) == "unknown");
  const auto unknown = ParseConvention("ggml");
  CHECK(unknown.status().code() == Code::kBadArgument);
  CHECK(Contains(unknown.status().text(), "'ggml'"));
  CHECK(Contains(unknown.status().text(), "compressed-tensors"));
}

}  // namespace
}  // namespace lutgemm
