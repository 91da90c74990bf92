// Files of packed weights, written and opened again. Damaged ones: packed_parse_test.cc.
#include "packed_kit.h"
#include "support/gen/formats.h"

#include <nlohmann/json.hpp>

#include <cstdlib>

namespace lutgemm::io {
namespace {

using io_test::Contains;
using io_test::Info;
using io_test::Packed;
using io_test::Pattern;
using io_test::SmallPacked;
using io_test::SmallWriter;
using io_test::SuperInfo;
using io_test::TempDir;
using io_test::Text;

bool SameBytes(std::span<const std::byte> a, std::span<const std::byte> b) {
  return Text(a) == Text(b);
}

std::vector<WeightInfo> ManyInfos() {
  std::vector<WeightInfo> infos;
  for (const auto format : test::kLinearFormats) {
    for (const uint32_t group : {32u, 4u, kWholeRow, kWholeTensor}) {
      infos.push_back(Info(format, 35, 77, group));
      infos.push_back(Info(format, 1, 1, group, ZeroKind::kNone, Elem::kBF16));
    }
  }
  infos.push_back(Info(WeightFormat::kInt4, 33, 70, 64, ZeroKind::kInteger));
  infos.push_back(Info(WeightFormat::kInt2, 33, 70, 64, ZeroKind::kFloat, Elem::kF32));
  infos.push_back(SuperInfo(WeightFormat::kInt4, 32, ZeroKind::kFloat, Elem::kU8, Elem::kF16));
  infos.push_back(SuperInfo(WeightFormat::kInt6, 256, ZeroKind::kNone, Elem::kI8, Elem::kBF16));
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
    CHECK(matrix->factors == Pattern(infos[i]).factors);
    CHECK(matrix->offset_factors == Pattern(infos[i]).offset_factors);
    CHECK(matrix->info.group == infos[i].group);
    CHECK(matrix->info.super_group == infos[i].super_group);
    CHECK(matrix->info.factor == infos[i].factor);
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
  const std::string golden = LUTGEMM_TEST_DIR "/golden/packed_v2.safetensors";
  const std::string bytes = SmallPacked();
  if (std::getenv("LUTGEMM_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden, std::ios::binary) << bytes;
  }
  CHECK(io_test::ReadFile(golden) == bytes);
  CHECK(PackedFile::Open(golden).ok());
}

TEST_CASE("packed file: weights of version 1 are those of today") {
  const auto old = PackedFile::Open(LUTGEMM_TEST_DIR "/golden/packed_v1.safetensors");
  const auto now = PackedFile::Open(LUTGEMM_TEST_DIR "/golden/packed_v2.safetensors");
  REQUIRE_MESSAGE(old.ok(), old.status().text());
  REQUIRE_MESSAGE(now.ok(), now.status().text());
  REQUIRE(old->names().size() == 2);
  for (const std::string& name : old->names()) {
    CHECK(SameBytes(old->Get(name)->blob(), now->Get(name)->blob()));
  }
}

TEST_CASE("packed file: the header is checked however it is opened, tensors on demand") {
  const TempDir dir;
  std::string bytes = SmallPacked();
  const size_t key = bytes.find("lutgemm.tensor.w3");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  const std::string tensor = dir.Put("tensor", bytes);
  CHECK(PackedFile::Open(tensor, false).ok());
  CHECK(PackedFile::Open(tensor, true).status().code() == Code::kCorruptFile);
  bytes = SmallPacked();
  bytes[key] = static_cast<char>(bytes[key] ^ 1);
  const std::string header = dir.Put("header", bytes);
  CHECK(PackedFile::Open(header, false).status().code() == Code::kCorruptFile);
  CHECK(TensorFile::Open(header).status().code() == Code::kCorruptFile);
}

}  // namespace
}  // namespace lutgemm::io
