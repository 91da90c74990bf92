// Files of packed weights that are damaged, or describe what cannot be.
#include "io/packed_desc.h"
#include "packed_kit.h"

namespace lutgemm::io {
namespace {

using io_test::Aligned;
using io_test::Contains;
using io_test::EditHeader;
using io_test::ParsePackedBytes;
using io_test::SmallPacked;

TEST_CASE("packed file: truncated at every byte") {
  const std::string whole = SmallPacked();
  REQUIRE(ParsePackedBytes(Aligned(whole).span(), "p").ok());
  io_test::CheckTruncations(whole, "p",
                            [](const Aligned& file) { return ParsePackedBytes(file.span(), "p"); });
}

TEST_CASE("packed file: any changed byte of a blob is found") {
  const std::string whole = SmallPacked();
  const Aligned file(whole);
  const auto parsed = ParsePackedBytes(file.span(), "p");
  REQUIRE(parsed.ok());
  for (const PackedTensor& tensor : parsed->contents.packed) {
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
      {R"("lutgemm.version":"2")", R"("lutgemm.version":"3")", kNew, "version '3'"},
      {R"("lutgemm.version":"2",)", "", kBad, "header does not begin as that of a packed file"},
      {R"("lutgemm.version":"2")", R"("lutgemm.version":"1")", kBad, "'lutgemm.header' is unknown"},
      {"lutgemm.passed.odd", "lutgemm.passes.odd", kBad, "'lutgemm.passes.odd' is unknown"},
      {"lutgemm.passed.odd", "lutgemm.passed.old", kBad, "'odd': has no checksum"},
      {"lutgemm.passed.odd", "lutgemm.passed.w4", kBad,
       "'w4': is described as packed and as passed"},
      {R"("lutgemm.passed.odd")", R"("lutgemm.passed.x":"","lutgemm.passed.odd")", kBad,
       "'x': has a checksum but is not in the file"},
      {R"("lutgemm.passed.odd":")", R"("lutgemm.passed.odd":"0)", kBad, "'odd': checksum must be"},
      {"lutgemm.tensor.w4", "lutgemm.tensos.w4", kBad, "'lutgemm.tensos.w4' is unknown"},
      {"lutgemm.tensor.w4", "lutgemm.tensor.w5", kBad, "'w4': has no checksum"},
      {R"("lutgemm.tensor.w4")", R"("lutgemm.tensor.w5":"","lutgemm.tensor.w4")", kBad,
       "'w5': is described as packed but is not"},
      {R"(\"int4\")", R"(\"int7\")", kNew, "'w4': format 'int7' is unknown"},
      {R"(\"int4\")", R"(\"int5\")", kBad, "format 'int5' and its group, scale and zero do not"},
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
      {R"(group\":32)", R"(group\":0)", kBad, "'w4': group must be"},
      {R"(group\":32)", R"(group\":30)", kBad, "'w4': group must be"},
      {R"(group\":32)", R"(group\":4294967296)", kBad, "'w4': group must be"},
      {R"(group\":32)", R"(group\":\"column\")", kBad, "'w4': group must be"},
      {R"(group\":32)", R"(group\":36)", kBad, "'w4'"},
      {R"(group\":32)", R"(group\":\"row\")", kBad, "'w4'"},
      {R"(\"f16\")", R"(\"i8\")", kBad, "'w4'"},
      {R"(\"f16\")", R"(\"f32\")", kBad, "'w4': has"},
      {R"(\"integer\")", R"(\"maybe\")", kNew, "'w4': zero 'maybe'"},
      {R"(\"integer\")", R"(\"none\")", kBad, "'w4': has"},
      {R"(checksum\":\")", R"(checksum\":\"0)", kBad, "16 lower-case"},
      {R"(,\"zero\":\"integer\")", "", kBad, "'w4': field 'zero' is missing"},
      {R"(\"format\":)", R"(\"version\":0,\"format\":)", kNew,
       "description has version 0; this library reads 1 to 2"},
      {R"(\"format\":)", R"(\"version\":3,\"format\":)", kNew,
       "description has version 3; this library reads 1 to 2"},
      {R"(\"format\":)", R"(\"version\":\"1\",\"format\":)", kBad, "version is not a 32-bit"},
      {R"(\"format\":)", R"(\"version\":[1],\"format\":)", kBad, "unexpected value at 'version'"},
      {R"(\"format\":)", R"(\"super_group\":256,\"format\":)", kBad,
       "'w4': fields 'super_group' and 'factor' go together"},
      {R"(\"format\":)", R"(\"factor\":\"f16\",\"format\":)", kBad,
       "'w4': fields 'super_group' and 'factor' go together"},
      {R"(\"format\":)", R"(\"super_group\":0,\"factor\":\"f16\",\"format\":)", kBad,
       "'w4': super_group must not be 0"},
      {R"(\"format\":)", R"(\"super_group\":64,\"factor\":\"f64\",\"format\":)", kNew,
       "'w4': factor 'f64' is unknown"},
      {R"(\"format\":)", R"(\"super_group\":64,\"factor\":\"f16\",\"format\":)", kBad,
       "'w4': field 'super_group' needs version 2"},
      {R"(\"format\":)", R"(\"version\":2,\"super_group\":64,\"factor\":\"f16\",\"format\":)", kBad,
       "'w4': a shape of [3, 40] is out of range, or"},
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

TEST_CASE("packed file: super-groups are described in three fields more, as version 2") {
  PackedDesc desc;
  desc.info = io_test::SuperInfo(WeightFormat::kInt4, 256, ZeroKind::kFloat, Elem::kU8, Elem::kF16);
  desc.layout = LayoutId::kCodes, desc.layout_version = 1, desc.checksum = 0xabc;
  const std::string text = PackedDescText(desc);
  CHECK(text == R"({"format":"int4","layout":"codes","layout_version":1,"shape":[35,77],)"
                R"("group":16,"scale":"u8","zero":"float","version":2,"super_group":256,)"
                R"("factor":"f16","checksum":"0000000000000abc"})");
  const auto read = ParsePackedDesc(text, "p", "w");
  REQUIRE_MESSAGE(read.ok(), read.status().text());
  CHECK(read->info.super_group == 256);
  CHECK(read->info.factor == Elem::kF16);
  CHECK(read->checksum == 0xabc);
  // What WeightInfo cannot have is refused.
  for (const auto& [from, to] : {std::pair{"256", "4112"},
                                 {"256", "24"},
                                 {"f16", "u8"},
                                 {"float", "integer"},
                                 {"\"u8\"", "\"f16\""},
                                 {"int4", "int1"}}) {
    std::string wrong = text;
    wrong.replace(wrong.find(from), std::string(from).size(), to);
    CHECK(ParsePackedDesc(wrong, "p", "w").status().code() == Code::kCorruptFile);
  }
}

TEST_CASE("packed file: fields that a description may have, and that no reader knows") {
  const std::string whole = SmallPacked();
  for (const char* field :
       {R"(\"version\":1,)", R"(\"version\":2,)", R"(\"extra\":1,)", R"(\"extra\":[],)",
        R"(\"extra\":{\"group\":[\"group\"]},)", R"(\"extra\":[1,{\"format\":2}],)"}) {
    CAPTURE(field);
    const Aligned file(EditHeader(whole, R"(\"format\":)", std::string(field) + R"(\"format\":)"));
    const auto parsed = ParsePackedBytes(file.span(), "p");
    REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
    CHECK(parsed->contents.packed[0].desc.info.group == 32);
  }
}

// One bit at a time, all of them: length, header, blobs, tensors passed through.
TEST_CASE("packed file: any changed bit of the file is found, and a byte more") {
  const std::string whole = SmallPacked();
  size_t header = 0, tensors = 0;
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    CAPTURE(bit);
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const Aligned bytes(damaged);
    const auto parsed = ParsePackedBytes(bytes.span(), "p");
    REQUIRE_FALSE(parsed.ok());
    // Opening without reading all bytes finds what is in the header.
    if (ParsePackedBytes(bytes.span(), "p", false).ok()) {
      CHECK(Contains(parsed.status().text(), "checksum does not match"));
      ++tensors;
    } else {
      ++header;
    }
  }
  const auto length = LoadLittle<uint64_t>(Aligned(whole).span().data());
  CHECK(header == 8 * (8 + length));
  CHECK(tensors == 8 * (whole.size() - 8 - length));
  CHECK_FALSE(ParsePackedBytes(Aligned(whole + '\0').span(), "p").ok());
}

TEST_CASE("packed file: damage of a tensor passed through is found by its name") {
  std::string file = SmallPacked();
  file.back() = static_cast<char>(file.back() ^ 1);
  const Aligned bytes(file);
  const auto parsed = ParsePackedBytes(bytes.span(), "p");
  CHECK(Contains(parsed.status().text(), "p: tensor 'odd': checksum does not match"));
}

// Other programs may read the file, but a header that they write anew is not the one that was
// checked.
TEST_CASE("packed file: a header in another spelling") {
  const std::string file = EditHeader(SmallPacked(), R"({"__metadata__":)", R"({ "__metadata__":)");
  const Aligned bytes(file);
  CHECK(Contains(ParsePackedBytes(bytes.span(), "p").status().text(), "wrote its header anew"));
}

TEST_CASE("packed file: version 1 is read, and its own checksum checked") {
  const std::string old = io_test::OldPacked();
  const Aligned file(old);
  const auto parsed = ParsePackedBytes(file.span(), "p");
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
  CHECK(parsed->contents.packed.size() == 2);
  REQUIRE(parsed->contents.passed.size() == 2);
  CHECK_FALSE(parsed->contents.passed[0].checksum);
  struct Case {
    const char* from;
    const char* to;
    const char* reason;
  };
  const Case cases[] = {
      {"[3,40]", "[4,40]", "'w4': checksum does not match"},
      {R"(\"f16\")", R"(\"bf16\")", "'w4': checksum does not match"},
      {"lutgemm.tensor.w4", "lutgemm.tensor.w5", "'w5': is described as packed but is not"},
      {R"("lutgemm.version":"1")", R"("lutgemm.version":"1","lutgemm.passed.odd":"")",
       "'lutgemm.passed.odd' is unknown"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.to);
    const Aligned edited(EditHeader(old, c.from, c.to));
    const auto refused = ParsePackedBytes(edited.span(), "p");
    CHECK_MESSAGE(Contains(refused.status().text(), c.reason), refused.status().text());
  }
  for (const PackedTensor& tensor : parsed->contents.packed) {
    const auto begin = static_cast<size_t>(tensor.blob.data() - file.span().data());
    std::string damaged = old;
    damaged[begin + 3] = static_cast<char>(damaged[begin + 3] ^ 4);
    const Aligned bytes(damaged);
    CHECK(Contains(ParsePackedBytes(bytes.span(), "p").status().text(),
                   "'" + tensor.name + "': checksum"));
  }
}

TEST_CASE("packed file: a blob off its alignment") {
  std::string file = SmallPacked();
  const Aligned whole(file);
  const auto length = LoadLittle<uint64_t>(whole.span().data());
  file = io_test::Safetensors(file.substr(8, length) + "        ", file.substr(8 + length));
  SealHeader(file);
  const Aligned moved(file);
  const auto parsed = ParsePackedBytes(moved.span(), "p");
  CHECK(Contains(parsed.status().text(), "'w4': does not start at a multiple of 64"));
}

TEST_CASE("packed file: a description over its limit") {
  const std::string long_text(5000, ' ');
  const Aligned file(EditHeader(SmallPacked(), R"("{\"format)", "\"" + long_text + R"({\"format)"));
  CHECK(Contains(ParsePackedBytes(file.span(), "p").status().text(), "limit is 4096"));
}

}  // namespace
}  // namespace lutgemm::io
