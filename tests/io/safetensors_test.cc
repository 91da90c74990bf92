#include "io/safetensors.h"

#include "kit.h"

namespace lutgemm::io {
namespace {

using io_test::Aligned;
using io_test::Contains;
using io_test::Entry;
using io_test::Little;
using io_test::MinimalSafetensors;
using io_test::Safetensors;
using io_test::Text;

Result<ParsedFile> Parse(const Aligned& file) {
  return ParseSafetensors(file.span(), "m.safetensors");
}

// One entry 'w' and its data.
std::string One(std::string_view dtype, std::string_view shape, std::string_view offsets,
                size_t bytes) {
  return Safetensors("{" + Entry("w", dtype, shape, offsets) + "}", std::string(bytes, 'd'));
}

TEST_CASE("safetensors: minimal file") {
  const std::string bytes = MinimalSafetensors();
  REQUIRE(bytes.size() == 8 + 56 + 4);
  CHECK(bytes[0] == 0x38);
  const Aligned file(bytes);
  const auto parsed = Parse(file);
  REQUIRE(parsed.ok());
  REQUIRE(parsed->tensors.size() == 1);
  const FileTensor& tensor = parsed->tensors[0];
  CHECK(tensor.name == "a");
  CHECK(tensor.dtype == "U8");
  CHECK(tensor.shape == std::vector<uint64_t>{2, 2});
  CHECK(Text(tensor.bytes) == "\1\2\3\4");
  CHECK_FALSE(tensor.elem.has_value());
  CHECK_FALSE(tensor.AsMatrix().has_value());
}

TEST_CASE("safetensors: tensors in file order, metadata, floats as matrices") {
  const std::string json = "{" + Entry("second", "BF16", "[2,3]", "[24,36]") +
                           R"(,"__metadata__":{"format":"pt","note":"a\nb"},)" +
                           Entry("first", "F32", "[3,2]", "[0,24]") + "," +
                           Entry("third", "F16", "[6]", "[36,48]") + "}";
  const Aligned file(Safetensors(json, std::string(48, 'd')));
  const auto parsed = Parse(file);
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
  REQUIRE(parsed->tensors.size() == 3);
  CHECK(parsed->tensors[0].name == "first");
  CHECK(parsed->tensors[1].name == "second");
  CHECK(parsed->metadata.at("format") == "pt");
  CHECK(parsed->metadata.at("note") == "a\nb");
  const auto matrix = parsed->tensors[1].AsMatrix();
  REQUIRE(matrix.has_value());
  CHECK(matrix->rows == 2);
  CHECK(matrix->cols == 3);
  CHECK(matrix->elem == Elem::kBF16);
  CHECK(matrix->data == parsed->tensors[1].bytes.data());
  CHECK_FALSE(parsed->tensors[2].AsMatrix().has_value());
}

TEST_CASE("safetensors: scalars, empty tensors, no tensors") {
  const std::string json = "{" + Entry("s", "F32", "[]", "[0,4]") + "," +
                           Entry("e", "I64", "[3,0]", "[4,4]") + "," +
                           Entry("t", "U8", "[1]", "[4,5]") + "}";
  const Aligned file(Safetensors(json, "12345"));
  const auto parsed = Parse(file);
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
  CHECK(parsed->tensors[0].bytes.size() == 4);
  CHECK(parsed->tensors[1].name == "e");
  CHECK(parsed->tensors[1].bytes.empty());
  const Aligned nothing(Safetensors("{}", ""));
  REQUIRE(Parse(nothing).ok());
  CHECK(Parse(nothing)->tensors.empty());
}

TEST_CASE("safetensors: empty tensors at one place keep the header's order") {
  std::string json = "{";
  for (int i = 0; i < 100; ++i) {
    json += (i > 0 ? "," : "") + Entry("e" + std::to_string(i), "U8", "[0]", "[0,0]");
  }
  const Aligned file(Safetensors(json + "}", ""));
  const auto parsed = Parse(file);
  REQUIRE(parsed.ok());
  REQUIRE(parsed->tensors.size() == 100);
  for (size_t i = 0; i < 100; ++i) CHECK(parsed->tensors[i].name == "e" + std::to_string(i));
}

TEST_CASE("safetensors: every dtype has its size") {
  const std::pair<const char*, size_t> kBitsOf24[] = {
      {"BOOL", 24},        {"U8", 24},         {"I8", 24},  {"F8_E5M2", 24}, {"F8_E4M3", 24},
      {"F8_E8M0", 24},     {"I16", 48},        {"U16", 48}, {"F16", 48},     {"BF16", 48},
      {"I32", 96},         {"U32", 96},        {"F32", 96}, {"F64", 192},    {"I64", 192},
      {"U64", 192},        {"C64", 192},       {"F4", 12},  {"F6_E2M3", 18}, {"F6_E3M2", 18},
      {"F8_E4M3FNUZ", 24}, {"F8_E5M2FNUZ", 24}};
  for (const auto& [dtype, bytes] : kBitsOf24) {
    CAPTURE(dtype);
    const std::string offsets = "[0," + std::to_string(bytes) + "]";
    const Aligned file(One(dtype, "[4,6]", offsets, bytes));
    const auto parsed = Parse(file);
    REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
    CHECK(parsed->tensors[0].bytes.size() == bytes);
  }
}

TEST_CASE("safetensors: truncated at every byte") {
  io_test::CheckTruncations(MinimalSafetensors(), "m.safetensors", Parse);
}

TEST_CASE("safetensors: header lengths that cannot be") {
  for (const uint64_t length : {uint64_t{100'000'001}, uint64_t{1} << 32, (uint64_t{1} << 63) - 1,
                                uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{0} - 7}) {
    CAPTURE(length);
    const Aligned file(Little(length, 8) + "{}");
    CHECK(Contains(Parse(file).status().text(), "over the limit"));
  }
  const Aligned past(Little(3, 8) + "{}");
  CHECK(Contains(Parse(past).status().text(), "past the end"));
  const Aligned empty(Little(0, 8) + "{}");
  CHECK(Contains(Parse(empty).status().text(), "'{'"));
  const Aligned space(Safetensors(" {}", ""));
  CHECK(Contains(Parse(space).status().text(), "'{'"));
}

struct Case {
  std::string file;
  std::string tensor;  // quoted name that the error must hold, or empty
  std::string reason;
};

void CheckRefused(std::span<const Case> cases, Code code) {
  for (const Case& c : cases) {
    const std::string shown = c.file.substr(8, 160);
    CAPTURE(shown);
    const Aligned file(c.file);
    const auto parsed = Parse(file);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.status().code() == code);
    CHECK(parsed.status().text().starts_with("m.safetensors: "));
    CHECK_MESSAGE(Contains(parsed.status().text(), c.tensor), parsed.status().text());
    CHECK_MESSAGE(Contains(parsed.status().text(), c.reason), parsed.status().text());
  }
}

TEST_CASE("safetensors: headers of the wrong form") {
  const std::string shape = R"("shape":[4])";
  const std::string offsets = R"("data_offsets":[0,4])";
  const auto file = [](const std::string& json) { return Safetensors(json, "1234"); };
  std::string dims = "1";
  for (int i = 0; i < 64; ++i) dims += ",1";
  const Case cases[] = {
      {file(R"({"w":1})"), "'w'", "not a JSON object"},
      {file(R"({"w":[1]})"), "'w'", "not a JSON object"},
      {file(R"({"w":{}})"), "'w'", "no dtype"},
      {file(R"({"w":{"dtype":"U8",)" + offsets + "}}"), "'w'", "no shape"},
      {file(R"({"w":{"dtype":"U8",)" + shape + "}}"), "'w'", "data_offsets must be two"},
      {file(R"({"w":{)" + shape + "," + offsets + "}}"), "'w'", "no dtype"},
      {file(R"({"w":{"dtype":8,)" + shape + "," + offsets + "}}"), "'w'", "unexpected value"},
      {file(R"({"w":{"dtype":["U8"],)" + shape + "," + offsets + "}}"), "'w'", "'dtype'"},
      {file(R"({"w":{"dtype":"U8","extra":1,)" + shape + "," + offsets + "}}"), "'w'", "'extra'"},
      {file(R"({"w":{"dtype":"U8","shape":4,)" + offsets + "}}"), "'w'", "'shape'"},
      {file(R"({"w":{"dtype":"U8","shape":{"0":4},)" + offsets + "}}"), "'w'", "'shape'"},
      {file(R"({"w":{"dtype":"U8","shape":[[4]],)" + offsets + "}}"), "'w'", "'shape'"},
      {One("U8", "[4]", "[0]", 4), "'w'", "data_offsets must be two"},
      {One("U8", "[4]", "[]", 4), "'w'", "data_offsets must be two"},
      {One("U8", "[4]", "[0,4,4]", 4), "'w'", "data_offsets must be two"},
      {One("U8", "[4]", "[0,4,4,4,4,4]", 4), "'w'", "data_offsets must be two"},
      {One("U8", "[-4]", "[0,4]", 4), "'w'", "unsigned"},
      {One("U8", "[4.0]", "[0,4]", 4), "'w'", "unsigned"},
      {One("U8", "[4e0]", "[0,4]", 4), "'w'", "unsigned"},
      {One("U8", "[\"4\"]", "[0,4]", 4), "'w'", "unsigned"},
      {One("U8", "[null]", "[0,4]", 4), "'w'", "unsigned"},
      {One("U8", "[4]", "[-0,4]", 4), "'w'", "unsigned"},
      {One("U8", "[18446744073709551616]", "[0,4]", 4), "'w'", "unsigned"},
      {One("U8", "[" + dims + "]", "[0,1]", 1), "'w'", "dimensions"},
      {file(R"({"__metadata__":"x"})"), "'__metadata__'", "not a JSON object"},
      {file(R"({"__metadata__":{"a":1}})"), "", "'a' is not a string"},
      {file(R"({"__metadata__":{"a":{}}})"), "", "'a' is not a string"},
      {file(R"({"w\n":{}})"), "'w\\x0a'", "control characters"},
      {file(R"({"w\u0000":{}})"), "'w\\x00'", "control characters"},
      {file("{" + Entry("w", "U8", "[2]", "[0,2]") + "," + Entry("w", "U8", "[2]", "[2,4]") + "}"),
       "'w'", "duplicate key"},
      {file(R"({"w":{"dtype":"U8","dtype":"I8",)" + shape + "," + offsets + "}}"), "'dtype'",
       "duplicate key"},
      {file(R"({"w":)"), "", "ends too early"},
      {file("{\"\xff\":{}}"), "", "not UTF-8"},
  };
  CheckRefused(cases, Code::kCorruptFile);
}

TEST_CASE("safetensors: unknown dtypes are named") {
  const Case cases[] = {{One("F3", "[4]", "[0,4]", 4), "'w'", "unknown dtype 'F3'"},
                        {One("u8", "[4]", "[0,4]", 4), "'w'", "unknown dtype 'u8'"},
                        {One("", "[4]", "[0,4]", 4), "'w'", "unknown dtype ''"}};
  CheckRefused(cases, Code::kUnsupportedFormat);
}

TEST_CASE("safetensors: sizes and offsets that do not fit") {
  const auto two = [](std::string_view first, std::string_view second, size_t bytes) {
    return Safetensors(
        "{" + Entry("a", "U8", "[2]", first) + "," + Entry("b", "U8", "[2]", second) + "}",
        std::string(bytes, 'd'));
  };
  const char* kHalf = "[4294967296,4294967296]";
  const Case cases[] = {
      {One("U8", "[5]", "[0,4]", 4), "'w'", "need 5"},
      {One("F32", "[2]", "[0,4]", 4), "'w'", "need 8"},
      {One("F4", "[3]", "[0,1]", 1), "'w'", "whole bytes"},
      {One("U8", "[4]", "[1,5]", 5), "'w'", "continue at 0"},
      {One("U8", "[4]", "[4,0]", 4), "'w'", "continue at 0"},
      {One("U8", "[8]", "[0,8]", 4), "'w'", "which has 4 bytes"},
      {One("U8", "[4]", "[0,4]", 5), "", "trailing bytes"},
      {Safetensors("{}", "x"), "", "trailing bytes"},
      {two("[0,2]", "[1,3]", 3), "'b'", "continue at 2"},
      {two("[0,2]", "[0,2]", 2), "'b'", "continue at 2"},
      {two("[0,2]", "[3,5]", 5), "'b'", "continue at 2"},
      {two("[2,4]", "[4,6]", 6), "'a'", "continue at 0"},
      {two("[0,2]", "[2,0]", 2), "'b'", "[2, 0] do not continue at 2"},
      {One("U8", kHalf, "[0,0]", 0), "'w'", "overflows"},
      {One("F64", "[2305843009213693952]", "[0,0]", 0), "'w'", "overflows"},
      {One("U8", "[18446744073709551615,2,0]", "[0,0]", 0), "'w'", "overflows"},
      {One("U8", "[1152921504606846976]", "[0,1152921504606846976]", 4), "'w'", "4 bytes"},
      {One("U8", "[9223372036854775807]", "[0,9223372036854775807]", 4), "'w'", "overflows"},
      {One("U8", "[4]", "[9223372036854775808,9223372036854775812]", 4), "'w'", "continue at 0"},
      {One("U8", "[4]", "[18446744073709551612,0]", 4), "'w'", "continue at 0"},
      {One("U8", "[4]", "[0,18446744073709551615]", 4), "'w'", "need 4"},
  };
  CheckRefused(cases, Code::kCorruptFile);
}

TEST_CASE("safetensors: AsMatrix checks a tensor that a caller filled in") {
  const float values[6] = {};
  FileTensor tensor{"w", "F32", {2, 3}, std::as_bytes(std::span(values)), Elem::kF32};
  CHECK(tensor.AsMatrix().has_value());
  tensor.shape = {2, 4};
  CHECK_FALSE(tensor.AsMatrix().has_value());
  tensor.shape = {uint64_t{1} << 63, 2};
  CHECK_FALSE(tensor.AsMatrix().has_value());
}

}  // namespace
}  // namespace lutgemm::io
