// Type ids of GGUF that forks use for layouts of their own.
#include "io/gguf.h"
#include "io/gguf_types.h"
#include "kit.h"

#include <deque>

namespace lutgemm::io {
namespace {

using io_test::Aligned;
using io_test::Contains;
using io_test::Gguf;
using io_test::GgufDeclaration;

// A tensor of an id with so many bytes, and another behind it.
Result<ParsedFile> Parse(uint32_t id, size_t bytes, const std::vector<uint64_t>& dims) {
  Gguf file;
  const size_t end = (bytes + 31) / 32 * 32;
  file.tensors = {GgufDeclaration({"w", dims, id, 0}), GgufDeclaration({"x", {1}, 0, end})};
  file.data = std::string(end + 4, 'd');
  static std::deque<Aligned> kept;  // tensors view the bytes
  kept.emplace_back(file.bytes());
  return ParseGguf(kept.back().span(), "m.gguf");
}

std::string TypeOf(uint32_t id, size_t bytes, const std::vector<uint64_t>& dims) {
  const auto parsed = Parse(id, bytes, dims);
  return parsed.ok() ? parsed->tensors[0].dtype : parsed.status().text();
}

TEST_CASE("gguf forks: sizes of types that no block describes") {
  const auto bytes = [](uint32_t id, std::vector<uint64_t> dims) {
    return FindGgufForkType(id)->bytes(dims);
  };
  CHECK(bytes(36, {128, 3}) == 128);
  CHECK(bytes(38, {128, 3}) == 128);
  CHECK(bytes(37, {128, 3}) == 384);
  // 96 of K in triples of 5 bits, 256 in pairs of 4: 96 * 3 / 3 * 5 / 8 + 256 * 3 / 4 = 252.
  CHECK(bytes(39, {352, 3}) == 256 + 32);
  CHECK(bytes(42, {352, 3}) == 256 + 32);
  CHECK(bytes(39, {255, 3}) == std::nullopt);
  CHECK(bytes(39, {uint64_t{1} << 62, 1}) == std::nullopt);
  CHECK(bytes(36, {uint64_t{1} << 40, uint64_t{1} << 40}) == std::nullopt);
  CHECK(FindGgufForkType(40) == nullptr);
}

TEST_CASE("gguf forks: the meaning whose size fits") {
  CHECK(TypeOf(36, 128, {128, 3}) == "I2_S");
  CHECK(TypeOf(37, 384, {128, 3}) == "I8_S");
  CHECK(TypeOf(38, 128, {128, 3}) == "TL1");
  CHECK(TypeOf(39, 288, {352, 3}) == "TL2");
  CHECK(TypeOf(39, 352 * 3 / 32 * 17, {352, 3}) == "MXFP4");
  const auto parsed = Parse(36, 128, {128, 3});
  REQUIRE(parsed.ok());
  CHECK(parsed->tensors[0].bytes.size() == 128);
  CHECK(parsed->tensors[0].shape == std::vector<uint64_t>{3, 128});
}

TEST_CASE("gguf forks: sizes that fit nothing") {
  const auto odd = Parse(39, 64, {352, 3});
  REQUIRE_FALSE(odd.ok());
  CHECK(odd.status().code() == Code::kCorruptFile);
  CHECK(Contains(odd.status().text(), "'w': type id 39 is MXFP4 or TL2, neither of which fits"));
  CHECK(Contains(TypeOf(36, 64, {128, 3}), "type id 36 is unknown"));
}

}  // namespace
}  // namespace lutgemm::io
