// Arrays among the key-values of GGUF files.
#include "kit.h"

#include <bit>
#include <limits>

namespace lutgemm::io {
namespace {

using io_test::GgufKey;
using io_test::GgufString;
using io_test::Little;
using io_test::TempDir;

// An array's element type, count and elements.
std::string List(uint32_t type, uint64_t count, std::string_view elements) {
  return Little(type, 4) + Little(count, 8) + std::string(elements);
}

TensorFile Open(const TempDir& dir, const std::vector<std::string>& keys) {
  io_test::Gguf file;
  file.keys = keys;
  dir.Put("m.gguf", file.bytes());
  auto opened = TensorFile::Open(dir / "m.gguf");
  REQUIRE_MESSAGE(opened.ok(), opened.status().text());
  return *std::move(opened);
}

FileArray Array(std::string_view type, size_t size, std::string_view bytes) {
  return {"x.list", type, size, std::as_bytes(std::span(bytes))};
}

TEST_CASE("file arrays: strings, with bytes that are no text") {
  const TempDir dir;
  const std::string words = GgufString("a") + GgufString("") + GgufString("\xff\n");
  const TensorFile file =
      Open(dir, {GgufKey("tokens", 9, List(8, 3, words)), GgufKey("none", 9, List(8, 0, ""))});
  const FileArray* tokens = file.FindArray("tokens");
  REQUIRE(tokens != nullptr);
  CHECK(tokens->key == "tokens");
  CHECK(tokens->type == "string");
  CHECK(tokens->size == 3);
  const auto strings = tokens->Strings();
  REQUIRE_MESSAGE(strings.ok(), strings.status().text());
  CHECK(*strings == std::vector<std::string_view>{"a", "", "\xff\n"});
  CHECK(file.FindArray("none")->Strings()->empty());
  CHECK(tokens->Integers().status().text() == "key 'tokens' holds string elements, not integers");
  CHECK(tokens->Numbers().status().code() == Code::kUnsupportedFormat);
  CHECK(file.FindArray("token") == nullptr);
  CHECK(file.metadata().at("tokens") == "[3 x string]");
}

TEST_CASE("file arrays: every type of number") {
  const TempDir dir;
  const auto f32 = Little(std::bit_cast<uint32_t>(0.5f), 4);
  const auto f64 = Little(std::bit_cast<uint64_t>(-1e300), 8);
  const TensorFile file = Open(
      dir, {GgufKey("u8", 9, List(0, 2, "\x01\xff")), GgufKey("i8", 9, List(1, 2, "\x01\xff")),
            GgufKey("u16", 9, List(2, 1, "\xfe\xff")), GgufKey("i16", 9, List(3, 1, "\xfe\xff")),
            GgufKey("u32", 9, List(4, 1, Little(0xfffffffe, 4))),
            GgufKey("i32", 9, List(5, 1, Little(0xfffffffe, 4))),
            GgufKey("f32", 9, List(6, 1, f32)), GgufKey("bool", 9, List(7, 2, Little(256, 2))),
            GgufKey("u64", 9, List(10, 1, Little(uint64_t{1} << 62, 8))),
            GgufKey("i64", 9, List(11, 1, Little(~uint64_t{0}, 8))),
            GgufKey("f64", 9, List(12, 1, f64))});
  const auto integers = [&](std::string_view key) { return *file.FindArray(key)->Integers(); };
  using Values = std::vector<int64_t>;
  CHECK(integers("u8") == Values{1, 255});
  CHECK(integers("i8") == Values{1, -1});
  CHECK(integers("u16") == Values{65534});
  CHECK(integers("i16") == Values{-2});
  CHECK(integers("u32") == Values{4294967294});
  CHECK(integers("i32") == Values{-2});
  CHECK(integers("bool") == Values{0, 1});
  CHECK(integers("u64") == Values{int64_t{1} << 62});
  CHECK(integers("i64") == Values{-1});
  CHECK(*file.FindArray("i16")->Numbers() == std::vector<double>{-2});
  CHECK(*file.FindArray("f32")->Numbers() == std::vector<double>{0.5});
  CHECK(*file.FindArray("f64")->Numbers() == std::vector<double>{-1e300});
  CHECK(file.FindArray("f64")->Integers().status().code() == Code::kUnsupportedFormat);
  CHECK(file.FindArray("u8")->Strings().status().text() ==
        "key 'u8' holds u8 elements, not strings");
}

TEST_CASE("file arrays: an integer beyond 63 bits is told") {
  const FileArray array = Array("u64", 1, "\xff\xff\xff\xff\xff\xff\xff\xff");
  CHECK(array.Integers().status().text() ==
        "key 'x.list' holds 18446744073709551615; the largest that can be read is "
        "9223372036854775807");
  CHECK(array.Numbers()->front() == 18446744073709551615.0);
}

TEST_CASE("file arrays: bytes that are not so many elements are refused") {
  const std::string two = GgufString("ab") + GgufString("c");
  for (const size_t size : {size_t{0}, size_t{1}, size_t{3}, std::numeric_limits<size_t>::max()}) {
    CHECK(Array("string", size, two).Strings().status().code() == Code::kCorruptFile);
    CHECK(Array("u16", size, "abcd").Integers().status().code() == Code::kCorruptFile);
    CHECK(Array("f32", size, "abcdabcd").Numbers().status().code() == Code::kCorruptFile);
  }
  for (size_t bytes = 0; bytes < two.size(); ++bytes) {
    const io_test::Aligned part(two.substr(0, bytes));
    const FileArray array{"k", "string", 2, part.span()};
    CHECK(array.Strings().status().code() == Code::kCorruptFile);
  }
  CHECK(Array("u16", 1, "abc").Integers().status().text() ==
        "key 'x.list': 3 bytes are not 1 elements of u16");
  for (const char* type : {"", "u", "u7", "f16", "array", "q8", "u88", "strings"}) {
    CHECK(Array(type, 1, "a").Numbers().status().code() == Code::kUnsupportedFormat);
  }
}

TEST_CASE("file arrays: views stay while a copy of the file lives") {
  const TempDir dir;
  TensorFile copy;
  std::vector<std::string_view> words;
  {
    const TensorFile file = Open(dir, {GgufKey("tokens", 9, List(8, 1, GgufString("word")))});
    copy = file;
    words = *file.FindArray("tokens")->Strings();
  }
  CHECK(words.front() == "word");
  CHECK(copy.FindArray("tokens")->size == 1);
  CHECK(TensorFile().FindArray("tokens") == nullptr);
}

}  // namespace
}  // namespace lutgemm::io
