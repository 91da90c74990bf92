#include "packed_kit.h"

#include <nlohmann/json.hpp>

#include <cstdlib>

namespace lutgemm::io {
namespace {

using io_test::Aligned;
using io_test::Contains;
using io_test::EditHeader;
using io_test::Info;
using io_test::Packed;
using io_test::ParsePackedBytes;
using io_test::Pattern;
using io_test::SmallPacked;
using io_test::SmallWriter;
using io_test::TempDir;
using io_test::Text;

bool SameBytes(std::span<const std::byte> a, std::span<const std::byte> b) {
  return Text(a) == Text(b);
}

std::vector<WeightInfo> ManyInfos() {
  std::vector<WeightInfo> infos;
  for (const auto format : {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                            WeightFormat::kInt4, WeightFormat::kTernary}) {
    for (const uint32_t group : {32u, 4u, kWholeRow, kWholeTensor}) {
      infos.push_back(Info(format, 35, 77, group));
      infos.push_back(Info(format, 1, 1, group, ZeroKind::kNone, Elem::kBF16));
    }
  }
  infos.push_back(Info(WeightFormat::kInt4, 33, 70, 64, ZeroKind::kInteger));
  infos.push_back(Info(WeightFormat::kInt2, 33, 70, 64, ZeroKind::kFloat, Elem::kF32));
  return infos;
}

TEST_CASE("packed file: every format comes back in place and equal") {
  const TempDir dir;
  const std::vector<WeightInfo> infos = ManyInfos();
  PackedWriter writer;
  for (size_t i = 0; i < infos.size(); ++i) {
    REQUIRE(writer.AddPacked("w" + std::to_string(i), Packed(infos[i])).ok());
  }
  REQUIRE(
      writer.AddPacked("planes4", Packed(Info(WeightFormat::kInt4, 9, 50, 16), LayoutId::kPlanes))
          .ok());
  REQUIRE(writer.AddRaw(io_test::BiasTensor()).ok());
  const std::string path = dir / "p.safetensors";
  REQUIRE(writer.Write(path, false).ok());
  CHECK(std::filesystem::file_size(path) == writer.file_bytes());

  const auto file = PackedFile::Open(path);
  REQUIRE_MESSAGE(file.ok(), file.status().text());
  REQUIRE(file->names().size() == infos.size() + 1);
  CHECK(file->file().tensors().size() == infos.size() + 2);
  CHECK(IsPacked(file->file()));
  for (size_t i = 0; i < infos.size(); ++i) {
    CAPTURE(i);
    const std::string name = "w" + std::to_string(i);
    CHECK(file->names()[i] == name);
    const auto weights = file->Get(name);
    REQUIRE_MESSAGE(weights.ok(), weights.status().text());
    CHECK(weights->blob().data() == file->file().Find(name)->bytes.data());
    CHECK(reinterpret_cast<uintptr_t>(weights->blob().data()) % 64 == 0);
    CHECK(SameBytes(weights->blob(), Packed(infos[i]).blob()));
    const auto matrix = Unpack(*weights);
    REQUIRE(matrix.ok());
    CHECK(matrix->codes == Pattern(infos[i]).codes);
    CHECK(matrix->scales == Pattern(infos[i]).scales);
    CHECK(matrix->zeros == Pattern(infos[i]).zeros);
    CHECK(matrix->offsets == Pattern(infos[i]).offsets);
    CHECK(matrix->info.group == infos[i].group);
  }
  CHECK(file->Get("planes4")->layout() == LayoutId::kPlanes);
}

TEST_CASE("packed file: weights keep the mapping alive") {
  const TempDir dir;
  REQUIRE(SmallWriter().Write(dir / "p", false).ok());
  std::optional<PackedWeights> weights;
  {
    const auto file = PackedFile::Open(dir / "p");
    REQUIRE(file.ok());
    weights = *file->Get("w4");
  }
  CHECK(Unpack(*weights).ok());
}

TEST_CASE("packed file: tensors passed through keep their bytes, metadata its text") {
  const TempDir dir;
  REQUIRE(SmallWriter().Write(dir / "p", false).ok());
  const auto file = PackedFile::Open(dir / "p");
  REQUIRE(file.ok());
  const FileTensor* odd = file->file().Find("odd");
  REQUIRE(odd != nullptr);
  CHECK(odd->dtype == "U8");
  CHECK(Text(odd->bytes) == "12345");
  const FileTensor* bias = file->file().Find("bias");
  REQUIRE(bias != nullptr);
  CHECK(SameBytes(bias->bytes, io_test::BiasTensor().bytes));
  CHECK(reinterpret_cast<uintptr_t>(bias->bytes.data()) % 4 == 0);
  CHECK(file->file().metadata().at("format") == "pt");
  CHECK(file->Get("bias").status().code() == Code::kNotFound);
  CHECK(Contains(file->Get("none").status().text(), "'none'"));
}

TEST_CASE("packed file: a PackedFile that was never opened") {
  const PackedFile none;
  CHECK(none.names().empty());
  CHECK(none.file().tensors().empty());
  CHECK(none.Get("w").status().code() == Code::kBadArgument);
}

// The rules of the format, from its definition and with another JSON parser.
TEST_CASE("packed file: is a valid safetensors file by an independent check") {
  const std::string file = SmallPacked();
  uint64_t length = 0;
  for (size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(file[i]);
  REQUIRE(length <= file.size() - 8);
  CHECK(length % 8 == 0);
  const auto json = nlohmann::json::parse(file.substr(8, length));
  size_t end = 0;
  const std::string kOrder[] = {"w4", "w3", "bias", "odd"};
  for (const std::string& name : kOrder) {
    CAPTURE(name);
    const auto& entry = json.at(name);
    const size_t begin = entry.at("data_offsets").at(0);
    CHECK(begin == end);
    end = entry.at("data_offsets").at(1);
    size_t bytes = entry.at("dtype") == "F32" ? 4 : 1;
    for (const size_t dim : entry.at("shape")) bytes *= dim;
    CHECK(end - begin == bytes);
    if (name[0] == 'w') CHECK((8 + length + begin) % 64 == 0);
  }
  CHECK(8 + length + end == file.size());
  CHECK(json.size() == 5);
  for (const auto& [key, value] : json.at("__metadata__").items()) CHECK(value.is_string());
  const std::string text = json.at("__metadata__").at("lutgemm.tensor.w4");
  const auto desc = nlohmann::json::parse(text);
  CHECK(desc.at("format") == "int4");
  CHECK(desc.at("shape") == nlohmann::json({3, 40}));
  CHECK(desc.at("group") == 32);
  CHECK(desc.at("zero") == "integer");
}

TEST_CASE("packed file: truncated at every byte") {
  const std::string whole = SmallPacked();
  REQUIRE(ParsePackedBytes(Aligned(whole).span(), "p").ok());
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const Aligned file(whole.substr(0, size));
    const auto parsed = ParsePackedBytes(file.span(), "p");
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.status().code() == Code::kCorruptFile);
    CHECK(parsed.status().text().starts_with("p: "));
  }
}

TEST_CASE("packed file: any changed byte of a blob is found") {
  const std::string whole = SmallPacked();
  const Aligned file(whole);
  const auto parsed = ParsePackedBytes(file.span(), "p");
  REQUIRE(parsed.ok());
  for (const PackedTensor& tensor : parsed->tensors) {
    const auto begin = static_cast<size_t>(tensor.blob.data() - file.span().data());
    for (size_t i = begin; i < begin + tensor.blob.size(); ++i) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
      const Aligned bytes(damaged);
      const auto result = ParsePackedBytes(bytes.span(), "p");
      REQUIRE_FALSE(result.ok());
      CHECK(Contains(result.status().text(), "'" + tensor.name + "': checksum"));
      CHECK(ParsePackedBytes(bytes.span(), "p", false).ok());
    }
  }
}

TEST_CASE("packed file: descriptions that cannot be") {
  struct Case {
    const char* from;
    const char* to;
    Code code;
    const char* reason;
  };
  constexpr Code kBad = Code::kCorruptFile;
  constexpr Code kNew = Code::kUnsupportedFormat;
  // Within the metadata a quote is written \".
  const Case cases[] = {
      {R"("lutgemm.version":"1")", R"("lutgemm.version":"2")", kNew, "version '2'"},
      {R"("lutgemm.version":"1",)", "", kNew, "not a file of packed weights"},
      {"lutgemm.tensor.w4", "lutgemm.tensos.w4", kBad, "'lutgemm.tensos.w4' is unknown"},
      {"lutgemm.tensor.w4", "lutgemm.tensor.w5", kBad, "'w5': is described as packed but is not"},
      {R"(\"int4\")", R"(\"int5\")", kNew, "'w4': format 'int5' is unknown"},
      {R"(\"int4\")", R"(\"INT4\")", kNew, "'w4': format 'INT4' is unknown"},
      {R"(\"int4\")", "4", kBad, "'w4': field 'format' is not a string"},
      {R"(\"int4\")", R"(\"ternary\")", kBad, "'w4': a shape of [3, 40] is out of range, or"},
      {R"(\"codes\")", R"(\"tiles\")", kNew, "'w4': layout 'tiles' is unknown"},
      {R"(\"codes\")", R"(\"default\")", kNew, "'w4': layout 'default' is unknown"},
      {R"(\"codes\")", R"(\"trits\")", kBad, "'w4': a shape of [3, 40] is out of range, or"},
      {R"(layout_version\":1)", R"(layout_version\":2)", kNew, "version 2; this library reads"},
      {R"(layout_version\":1)", R"(layout_version\":0)", kNew, "version 0; this library reads"},
      {R"(layout_version\":1)", R"(layout_version\":4294967297)", kBad, "32-bit"},
      {R"(layout_version\":1)", R"(layout_version\":1.0)", kBad, "32-bit"},
      {"[3,40]", "[3]", kBad, "'w4': shape must be two"},
      {"[3,40]", "[3,40,1]", kBad, "'w4': shape must be two"},
      {"[3,40]", "[3,-40]", kBad, "'w4': shape must be two"},
      {"[3,40]", "40", kBad, "'w4': shape must be two"},
      {"[3,40]", "[0,40]", kBad, "[0, 40] is out of range"},
      {"[3,40]", "[3,0]", kBad, "[3, 0] is out of range"},
      {"[3,40]", "[3,16777217]", kBad, "is out of range"},
      {"[3,40]", "[18446744073709551615,40]", kBad, "is out of range"},
      {"[3,40]", "[9223372036854775808,16777216]", kBad, "is out of range"},
      {"[3,40]", "[33,40]", kBad, "bytes; its description needs"},
      {"[3,40]", "[4,40]", kBad, "'w4': checksum does not match"},
      {R"(group\":32)", R"(group\":0)", kBad, "'w4': group must be"},
      {R"(group\":32)", R"(group\":30)", kBad, "'w4': group must be"},
      {R"(group\":32)", R"(group\":4294967296)", kBad, "'w4': group must be"},
      {R"(group\":32)", R"(group\":\"column\")", kBad, "'w4': group must be"},
      {R"(group\":32)", R"(group\":36)", kBad, "'w4'"},
      {R"(group\":32)", R"(group\":\"row\")", kBad, "'w4'"},
      {R"(\"f16\")", R"(\"i8\")", kBad, "'w4'"},
      {R"(\"f16\")", R"(\"f32\")", kBad, "'w4': has"},
      {R"(\"f16\")", R"(\"bf16\")", kBad, "'w4': checksum does not match"},
      {R"(\"integer\")", R"(\"maybe\")", kNew, "'w4': zero 'maybe'"},
      {R"(\"integer\")", R"(\"none\")", kBad, "'w4': has"},
      {R"(checksum\":\")", R"(checksum\":\"0)", kBad, "16 lower-case"},
      {R"(,\"zero\":\"integer\")", "", kBad, "'w4': field 'zero' is missing"},
      {R"(\"format\":)", R"(\"extra\":1,\"format\":)", kBad, "'w4': unknown field 'extra'"},
      {R"(\"format\":)", R"(\"extra\":[],\"format\":)", kBad, "unexpected value at 'extra'"},
      {R"(\"format\":)", R"(\"zero\":\"none\",\"format\":)", kBad, "duplicate key 'zero'"},
      {R"("{\"format)", R"("x{\"format)", kBad, "'w4': description: not valid JSON"},
      {R"("{\"format)", R"("[{\"format)", kBad, "'w4': description is not a JSON object"},
      {R"("w4":{"dtype":"U8","shape":[)", R"("w4":{"dtype":"I8","shape":[)", kBad, "not a U8 list"},
      {R"("w4":{"dtype":"U8","shape":[)", R"("w4":{"dtype":"U8","shape":[1,)", kBad,
       "not a U8 list"},
  };
  const std::string whole = SmallPacked();
  for (const Case& c : cases) {
    CAPTURE(c.from);
    CAPTURE(c.to);
    const Aligned file(EditHeader(whole, c.from, c.to));
    const auto parsed = ParsePackedBytes(file.span(), "p.safetensors");
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.status().code() == c.code);
    CHECK(parsed.status().text().starts_with("p.safetensors: "));
    CHECK_MESSAGE(Contains(parsed.status().text(), c.reason), parsed.status().text());
  }
}

TEST_CASE("packed file: a blob off its alignment") {
  std::string file = SmallPacked();
  const Aligned whole(file);
  const auto length = LoadLittle<uint64_t>(whole.span().data());
  file = io_test::Safetensors(file.substr(8, length) + "        ", file.substr(8 + length));
  const Aligned moved(file);
  const auto parsed = ParsePackedBytes(moved.span(), "p");
  CHECK(Contains(parsed.status().text(), "'w4': does not start at a multiple of 64"));
}

TEST_CASE("packed file: a description over its limit") {
  const std::string long_text(5000, ' ');
  const Aligned file(EditHeader(SmallPacked(), R"("{\"format)", "\"" + long_text + R"({\"format)"));
  CHECK(Contains(ParsePackedBytes(file.span(), "p").status().text(), "limit is 4096"));
}

TEST_CASE("packed file: other checkpoints are told apart") {
  const TempDir dir;
  for (const std::string& bytes : {io_test::MinimalSafetensors(), io_test::MinimalGguf()}) {
    const auto file = PackedFile::Open(dir.Put("plain", bytes));
    REQUIRE_FALSE(file.ok());
    CHECK(file.status().code() == Code::kUnsupportedFormat);
    CHECK(Contains(file.status().text(), "not a file of packed weights"));
  }
  CHECK(PackedFile::Open(dir / "none").status().code() == Code::kIo);
}

TEST_CASE("packed file: packed shards behind an index") {
  const TempDir dir;
  PackedWriter other;
  REQUIRE(other.AddPacked("x", Packed(Info(WeightFormat::kInt2, 5, 12, 4))).ok());
  REQUIRE(other.Write(dir / "s2", false).ok());
  REQUIRE(SmallWriter().Write(dir / "s1", false).ok());
  const auto file = PackedFile::Open(dir.Put(
      "index.json", R"({"weight_map":{"w4":"s1","w3":"s1","bias":"s1","odd":"s1","x":"s2"}})"));
  REQUIRE_MESSAGE(file.ok(), file.status().text());
  CHECK(file->names().size() == 3);
  CHECK(file->Get("x").ok());
}

// The file format to the byte. A change here needs a new format or layout version; to make the file
// anew, run with LUTGEMM_UPDATE_GOLDEN=1.
TEST_CASE("packed file: golden bytes") {
  const std::string golden = LUTGEMM_TEST_DIR "/golden/packed_v1.safetensors";
  const std::string bytes = SmallPacked();
  if (std::getenv("LUTGEMM_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden, std::ios::binary) << bytes;
  }
  CHECK(io_test::ReadFile(golden) == bytes);
  CHECK(PackedFile::Open(golden).ok());
}

}  // namespace
}  // namespace lutgemm::io
