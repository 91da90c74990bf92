#include "support/gen/formats.h"

#include <lutgemm/types.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace lutgemm {
namespace {

// Bits as names say them: the number at the end, 2 of ternary, 4 of codebook.
unsigned BitsByName(std::string_view name) {
  if (name == "ternary") return 2;
  return name == "codebook" ? 4 : static_cast<unsigned>(name.back() - '0');
}

TEST_CASE("every code has its own name; unknown ones say so") {
  std::set<std::string> names;
  for (int c = 0; c <= 15; ++c) CHECK(names.insert(CodeName(static_cast<Code>(c))).second);
  CHECK(names.count("unknown") == 0);
  CHECK(names.count("bad_shape") == 1);
  CHECK(CodeName(static_cast<Code>(16)) == std::string("unknown"));
  CHECK(CodeName(static_cast<Code>(-1)) == std::string("unknown"));
}

TEST_CASE("names parse back to their values") {
  for (const WeightFormat f : test::kAllFormats) CHECK(*ParseWeightFormat(Name(f)) == f);
  for (const Elem e : {Elem::kF32, Elem::kF16, Elem::kBF16, Elem::kI8, Elem::kI32, Elem::kE8m0,
                       Elem::kE4m3, Elem::kU8}) {
    CHECK(*ParseElem(Name(e)) == e);
  }
  for (const LayoutId l :
       {LayoutId::kDefault, LayoutId::kPlanes, LayoutId::kTrits, LayoutId::kCodes}) {
    CHECK(*ParseLayout(Name(l)) == l);
  }
  for (const ZeroKind z : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
    CHECK(*ParseZeroKind(Name(z)) == z);
  }
  CHECK(Name(WeightFormat::kInt4) == "int4");
  CHECK(Name(WeightFormat::kTernary) == "ternary");
  CHECK(Name(Elem::kBF16) == "bf16");
  CHECK(Name(LayoutId::kTrits) == "trits");
  CHECK(Name(Mode::kFast) == "fast");
  CHECK(Name(Mode::kExact) == "exact");
  CHECK(*ParseElem("BF16") == Elem::kBF16);  // as safetensors spells it
}

TEST_CASE("unknown names fail with the known ones listed, and stay short") {
  const Result<WeightFormat> bad = ParseWeightFormat("int9");
  REQUIRE(!bad.ok());
  CHECK(bad.status().code() == Code::kBadArgument);
  std::string known;
  for (const WeightFormat f : test::kAllFormats) {
    known += (known.empty() ? "" : ", ") + std::string(Name(f));
  }
  CHECK(bad.status().text() == "unknown weight format 'int9'; known: " + known);
  CHECK(known.starts_with("int1, int2, int3, int4, ternary, bitmod3, bitmod4, mxfp4, "));
  CHECK(ParseElem("\x1b[2J").status().text().starts_with("unknown element type '\\x1b[2J'; "));
  CHECK(!ParseElem("").ok());
  CHECK(!ParseLayout("plane").ok());
  CHECK(!ParseZeroKind("planes").ok());
  CHECK(ParseElem(std::string(100000, 'x')).status().text().size() < 200);
}

TEST_CASE("sizes") {
  for (const WeightFormat f : test::kAllFormats) {
    CAPTURE(Name(f));
    const unsigned bits = BitsByName(Name(f));
    CHECK(CodeBits(f) == bits);
    CHECK(CodeCount(f) == (f == WeightFormat::kTernary ? 3u : 1u << bits));
  }
  CHECK(ElemBytes(Elem::kF32) == 4);
  CHECK(ElemBytes(Elem::kF16) == 2);
  CHECK(ElemBytes(Elem::kBF16) == 2);
  CHECK(ElemBytes(Elem::kI8) == 1);
  CHECK(ElemBytes(Elem::kI32) == 4);
  for (const Elem e : {Elem::kE8m0, Elem::kE4m3, Elem::kU8}) CHECK(ElemBytes(e) == 1);
}

TEST_CASE("values outside the enums are answered, not trusted") {
  CHECK(Name(static_cast<WeightFormat>(99)) == "unknown");
  CHECK(Name(static_cast<Elem>(99)) == "unknown");
  CHECK(CodeBits(static_cast<WeightFormat>(0)) == 0);
  CHECK(CodeBits(static_cast<WeightFormat>(std::size(test::kAllFormats) + 1)) == 0);
  CHECK(CodeCount(static_cast<WeightFormat>(0)) == 0);
  CHECK(ElemBytes(static_cast<Elem>(200)) == 0);
}

}  // namespace
}  // namespace lutgemm
