#include "io/gguf.h"

#include "io/gguf_types.h"
#include "kit.h"

#include <bit>

namespace lutgemm::io {
namespace {

using io_test::Aligned;
using io_test::Contains;
using io_test::Gguf;
using io_test::GgufDeclaration;
using io_test::GgufKey;
using io_test::GgufString;
using io_test::GgufTensor;
using io_test::Little;
using io_test::MinimalGguf;
using io_test::Text;

Result<ParsedFile> Parse(const Aligned& file) { return ParseGguf(file.span(), "m.gguf"); }

Gguf OneTensor(const GgufTensor& tensor, size_t bytes) {
  Gguf file;
  file.tensors = {GgufDeclaration(tensor)};
  file.data = std::string(bytes, 'd');
  return file;
}

TEST_CASE("gguf: minimal file") {
  const std::string bytes = MinimalGguf();
  REQUIRE(bytes.size() == 128 + 36);
  const Aligned file(bytes);
  const auto parsed = Parse(file);
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
  REQUIRE(parsed->tensors.size() == 1);
  const FileTensor& tensor = parsed->tensors[0];
  CHECK(tensor.name == "w");
  CHECK(tensor.dtype == "Q4_0");
  CHECK(tensor.shape == std::vector<uint64_t>{2, 32});
  CHECK(Text(tensor.bytes) == bytes.substr(128));
  CHECK_FALSE(tensor.elem.has_value());
  CHECK(parsed->metadata.at("general.alignment") == "32");
}

TEST_CASE("gguf: final padding may be there or not, and bytes after it") {
  const std::string bytes = MinimalGguf();
  for (const size_t extra : {size_t{0}, size_t{28}, size_t{100}}) {
    const Aligned file(bytes + std::string(extra, '\0'));
    REQUIRE(Parse(file).ok());
    CHECK(Parse(file)->tensors[0].bytes.size() == 36);
  }
}

TEST_CASE("gguf: truncated at every byte") {
  io_test::CheckTruncations(MinimalGguf(), "m.gguf", Parse);
}

TEST_CASE("gguf: several float tensors, alignment of the file, version 2") {
  Gguf file;
  file.version = 2;
  file.align = 64;
  file.keys = {GgufKey("general.alignment", 4, Little(64, 4))};
  file.tensors = {GgufDeclaration({"a", {3, 5}, 0, 0}), GgufDeclaration({"b", {4}, 1, 64}),
                  GgufDeclaration({"c", {2, 3, 4}, 30, 128}), GgufDeclaration({"d", {}, 0, 192})};
  file.data = std::string(196, 'd');
  const Aligned bytes(file.bytes());
  const auto parsed = Parse(bytes);
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
  CHECK(parsed->tensors[0].elem == Elem::kF32);
  CHECK(parsed->tensors[1].elem == Elem::kF16);
  CHECK(parsed->tensors[2].elem == Elem::kBF16);
  CHECK(parsed->tensors[2].shape == std::vector<uint64_t>{4, 3, 2});
  CHECK(parsed->tensors[3].bytes.size() == 4);
  const auto matrix = parsed->tensors[0].AsMatrix();
  REQUIRE(matrix.has_value());
  CHECK(matrix->rows == 5);
  CHECK(matrix->cols == 3);
}

TEST_CASE("gguf: values as text") {
  Gguf file;
  const auto f32 = Little(std::bit_cast<uint32_t>(0.1f), 4);
  const auto f64 = Little(std::bit_cast<uint64_t>(-1e300), 8);
  file.keys = {
      GgufKey("u8", 0, Little(255, 1)),
      GgufKey("i8", 1, Little(0x80, 1)),
      GgufKey("u16", 2, Little(65535, 2)),
      GgufKey("i16", 3, Little(0xffff, 2)),
      GgufKey("u32", 4, Little(4294967295, 4)),
      GgufKey("i32", 5, Little(0x80000000, 4)),
      GgufKey("f32", 6, f32),
      GgufKey("bool", 7, Little(1, 1)),
      GgufKey("string", 8, GgufString("two\nlines")),
      GgufKey("bytes", 8, GgufString("\xff\xfe")),
      GgufKey("numbers", 9, Little(2, 4) + Little(3, 8) + std::string(6, 'x')),
      GgufKey("strings", 9, Little(8, 4) + Little(2, 8) + GgufString("a") + GgufString("")),
      GgufKey("u64", 10, Little(~uint64_t{0}, 8)),
      GgufKey("i64", 11, Little(~uint64_t{0}, 8)),
      GgufKey("f64", 12, f64)};
  const Aligned bytes(file.bytes());
  const auto parsed = Parse(bytes);
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
  const std::map<std::string, std::string> expected = {{"u8", "255"},
                                                       {"i8", "-128"},
                                                       {"u16", "65535"},
                                                       {"i16", "-1"},
                                                       {"u32", "4294967295"},
                                                       {"i32", "-2147483648"},
                                                       {"f32", "0.1"},
                                                       {"bool", "true"},
                                                       {"string", "two\nlines"},
                                                       {"bytes", "[2 bytes, not UTF-8]"},
                                                       {"numbers", "[3 x u16]"},
                                                       {"strings", "[2 x string]"},
                                                       {"u64", "18446744073709551615"},
                                                       {"i64", "-1"},
                                                       {"f64", "-1e+300"}};
  CHECK(parsed->metadata == expected);
}

TEST_CASE("gguf: every type lists with its size") {
  size_t known = 0;
  for (uint32_t id = 0; id < 64; ++id) {
    const GgufTensorType* type = FindGgufType(id);
    if (type == nullptr) continue;
    ++known;
    CAPTURE(id);
    const size_t bytes = size_t{3} * type->block_bytes;
    const Aligned file(OneTensor({"w", {type->block_elements, 3}, id, 0}, bytes).bytes());
    const auto parsed = Parse(file);
    REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
    CHECK(parsed->tensors[0].dtype == type->name);
    CHECK(parsed->tensors[0].bytes.size() == bytes);
  }
  CHECK(known == 35);
}

struct Case {
  std::string file;
  std::string tensor;
  std::string reason;
};

void CheckRefused(std::span<const Case> cases, Code code) {
  for (const Case& c : cases) {
    CAPTURE(c.reason);
    const Aligned file(c.file);
    const auto parsed = Parse(file);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.status().code() == code);
    CHECK(parsed.status().text().starts_with("m.gguf: "));
    CHECK_MESSAGE(Contains(parsed.status().text(), c.tensor), parsed.status().text());
    CHECK_MESSAGE(Contains(parsed.status().text(), c.reason), parsed.status().text());
  }
}

std::string Header(uint32_t version, uint64_t tensors, uint64_t keys) {
  return "GGUF" + Little(version, 4) + Little(tensors, 8) + Little(keys, 8);
}

TEST_CASE("gguf: headers that cannot be") {
  constexpr uint64_t kHuge[] = {(1 << 20) + 1, uint64_t{1} << 32, (uint64_t{1} << 63) - 1,
                                uint64_t{1} << 63, ~uint64_t{0}};
  for (const uint64_t count : kHuge) {
    const Case cases[] = {{Header(3, count, 0), "", " tensors; the limit"},
                          {Header(3, 0, count), "", " key-values; the limit"}};
    CheckRefused(cases, Code::kCorruptFile);
  }
  const Case cases[] = {{"GGML" + Header(3, 0, 0).substr(4), "", "does not start with GGUF"},
                        {Header(3, 1, 0), "'name of tensor 0'", "file ends"},
                        {Header(3, 0, 1), "'key 0'", "file ends"},
                        {Header(3, 1 << 20, 1 << 20), "'key 0'", "file ends"}};
  CheckRefused(cases, Code::kCorruptFile);
  const Case unsupported[] = {{Header(0x03000000, 0, 0), "", "big-endian"},
                              {Header(0, 0, 0), "", "version 0"},
                              {Header(1, 0, 0), "", "version 1"},
                              {Header(4, 0, 0), "", "version 4"}};
  CheckRefused(unsupported, Code::kUnsupportedFormat);
}

TEST_CASE("gguf: malformed key-values") {
  const auto file = [](std::vector<std::string> keys) {
    Gguf gguf;
    gguf.keys = std::move(keys);
    return gguf.bytes();
  };
  const std::string good = GgufKey("k", 0, "x");
  const uint64_t past_string = (uint64_t{1} << 30) + 1;
  const Case cases[] = {
      {file({good, good}), "'k'", "duplicate key"},
      {file({GgufKey("k", 13, "x")}), "'k'", "unknown value type 13"},
      {file({GgufKey("k", ~0u, "x")}), "'k'", "unknown value type"},
      {file({GgufKey("k", 7, Little(2, 1))}), "'k'", "bool of value 2"},
      {file({GgufKey("k\n", 0, "x")}), "'k\\x0a'", "plain text"},
      {file({GgufKey("\xff", 0, "x")}), "'\\xff'", "plain text"},
      {file({GgufKey(std::string(65536, 'k'), 0, "x")}), "'kkk", "too long"},
      {file({Little(~uint64_t{0}, 8)}), "'key 0'", "the limit is"},
      {file({Little(past_string, 8)}), "'key 0'", "the limit is"},
      {file({Little(2, 8) + "k"}), "'key 0'", "1 are left"},
      {file({GgufKey("k", 8, Little(uint64_t{1} << 63, 8))}), "'k'", "the limit is"},
      {file({GgufKey("k", 8, Little(5, 8) + "abcd")}), "'k'", "4 are left"},
      {file({GgufKey("k", 4, "abc")}), "'k'", "file ends"},
      {file({GgufKey("k", 9, Little(0, 4) + Little(5, 8) + "abcd")}), "'k'", "file ends"},
      {file({GgufKey("k", 9, Little(12, 4) + Little(past_string, 8))}), "'k'", "array elements"},
      {file({GgufKey("k", 9, Little(12, 4) + Little(~uint64_t{0}, 8))}), "'k'", "array elements"},
      {file({GgufKey("k", 9, Little(8, 4) + Little(1 << 30, 8))}), "'k'", "file ends"},
      {file({GgufKey("k", 9, Little(9, 4) + Little(0, 8))}), "'k'", "array of arrays"},
      {file({GgufKey("k", 9, Little(13, 4) + Little(0, 8))}), "'k'", "unknown value type 13"},
      {file({GgufKey("general.alignment", 4, Little(0, 4))}), "'0'", "power of two"},
      {file({GgufKey("general.alignment", 4, Little(48, 4))}), "'48'", "power of two"},
      {file({GgufKey("general.alignment", 10, Little(32, 8))}), "'32'", "u32 power of two"},
  };
  CheckRefused(cases, Code::kCorruptFile);
}

TEST_CASE("gguf: malformed tensors") {
  const auto file = [](const GgufTensor& tensor, size_t bytes = 36) {
    return OneTensor(tensor, bytes).bytes();
  };
  const auto two = [](const GgufTensor& second) {
    Gguf gguf = OneTensor({}, 100);
    gguf.tensors.push_back(GgufDeclaration(second));
    return gguf.bytes();
  };
  const uint64_t k63 = uint64_t{1} << 63;
  const Case cases[] = {
      {two({}), "'w'", "duplicate name"},
      {file({std::string(64, 'n'), {32, 2}, 2, 0}), "'nnn", "64 bytes"},
      {file({"w\x1b", {32, 2}, 2, 0}), "'w\\x1b'", "control characters"},
      {file({"w\xc0", {32, 2}, 2, 0}), "'w\\xc0'", "not UTF-8"},
      {file({"w", {32, 2, 1, 1, 1}, 2, 0}), "'w'", "5 dimensions"},
      {file({"w", {33, 2}, 2, 0}), "'w'", "whole blocks of 32"},
      {file({"w", {}, 2, 0}), "'w'", "whole blocks of 32"},
      {file({"w", {k63, 2}, 0, 0}), "'w'", "negative dimension"},
      {file({"w", {32, ~uint64_t{0}}, 0, 0}), "'w'", "negative dimension"},
      {file({"w", {k63 - 1, 2}, 24, 0}), "'w'", "overflows"},
      {file({"w", {uint64_t{1} << 32, uint64_t{1} << 32}, 0, 0}), "'w'", "overflows"},
      {file({"w", {uint64_t{1} << 62}, 0, 0}), "'w'", "overflows"},
      {file({"w", {uint64_t{1} << 60}, 0, 0}), "'w'", "reach past its end (36 bytes)"},
      {file({"w", {32, 3}, 2, 0}), "'w'", "reach past its end (36 bytes)"},
      {file({}, 35), "'w'", "reach past its end (35 bytes)"},
      {file({"w", {32, 2}, 2, 32}), "'w'", "should be 0"},
      {file({"w", {32, 2}, 2, ~uint64_t{0}}), "'w'", "should be 0"},
      {file({"w", {32, 2}, 2, k63}), "'w'", "should be 0"},
      {two({"x", {32, 2}, 2, 0}), "'x'", "should be 64"},
      {two({"x", {32, 2}, 2, 36}), "'x'", "should be 64"},
      {two({"x", {32, 2}, 2, 96}), "'x'", "should be 64"},
      {two({"x", {32, 3}, 2, 64}), "'x'", "reach past its end"},
  };
  CheckRefused(cases, Code::kCorruptFile);
  std::vector<Case> unsupported;
  for (const uint32_t id : {4u, 5u, 31u, 32u, 33u, 36u, 37u, 38u, 43u, 134u, ~0u}) {
    unsupported.push_back(
        {file({"w", {32, 2}, id, 0}), "'w'", "type id " + std::to_string(id) + " is unknown"});
  }
  CheckRefused(unsupported, Code::kUnsupportedFormat);
}

TEST_CASE("gguf: an alignment larger than the file") {
  Gguf file = OneTensor({"w", {}, 24, 0}, 1);
  file.keys = {GgufKey("general.alignment", 4, Little(uint64_t{1} << 31, 4))};
  const Aligned bytes(file.bytes());
  CHECK(Contains(Parse(bytes).status().text(), "past its end (0 bytes)"));
}

}  // namespace
}  // namespace lutgemm::io
