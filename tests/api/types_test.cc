#include <lutgemm/types.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <set>
#include <string>

namespace lutgemm {
namespace {

constexpr WeightFormat kFormats[] = {
    WeightFormat::kInt1,    WeightFormat::kInt2,    WeightFormat::kInt3,     WeightFormat::kInt4,
    WeightFormat::kTernary, WeightFormat::kBitmod3, WeightFormat::kBitmod4,  WeightFormat::kMxfp4,
    WeightFormat::kNvfp4,   WeightFormat::kNf4,     WeightFormat::kCodebook, WeightFormat::kBfp3,
    WeightFormat::kBfp4,    WeightFormat::kBfp5,    WeightFormat::kBfp6,     WeightFormat::kBfp7,
    WeightFormat::kBfp8,    WeightFormat::kInt5,    WeightFormat::kInt6,     WeightFormat::kInt8};

TEST_CASE("every code has its own name; unknown ones say so") {
  std::set<std::string> names;
  for (int c = 0; c <= 15; ++c) CHECK(names.insert(CodeName(static_cast<Code>(c))).second);
  CHECK(names.count("unknown") == 0);
  CHECK(names.count("bad_shape") == 1);
  CHECK(CodeName(static_cast<Code>(16)) == std::string("unknown"));
  CHECK(CodeName(static_cast<Code>(-1)) == std::string("unknown"));
}

TEST_CASE("names parse back to their values") {
  for (const WeightFormat f : kFormats) CHECK(*ParseWeightFormat(Name(f)) == f);
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
  const Result<WeightFormat> bad = ParseWeightFormat("int7");
  REQUIRE(!bad.ok());
  CHECK(bad.status().code() == Code::kBadArgument);
  CHECK(bad.status().text() ==
        "unknown weight format 'int7'; known: int1, int2, int3, int4, ternary, bitmod3, bitmod4, "
        "mxfp4, nvfp4, nf4, codebook, bfp3, bfp4, bfp5, bfp6, bfp7, bfp8, int5, "
        "int6, int8");
  CHECK(ParseElem("\x1b[2J").status().text().starts_with("unknown element type '\\x1b[2J'; "));
  CHECK(!ParseElem("").ok());
  CHECK(!ParseLayout("plane").ok());
  CHECK(!ParseZeroKind("planes").ok());
  CHECK(ParseElem(std::string(100000, 'x')).status().text().size() < 200);
}

TEST_CASE("sizes") {
  const unsigned bits[] = {1, 2, 3, 4, 2, 3, 4, 4, 4, 4, 4, 3, 4, 5, 6, 7, 8, 5, 6, 8};
  static_assert(std::size(bits) == std::size(kFormats));
  for (size_t i = 0; i < std::size(kFormats); ++i) {
    CHECK(CodeBits(kFormats[i]) == bits[i]);
    const bool ternary = kFormats[i] == WeightFormat::kTernary;
    CHECK(CodeCount(kFormats[i]) == (ternary ? 3u : 1u << bits[i]));
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
  CHECK(CodeBits(static_cast<WeightFormat>(21)) == 0);
  CHECK(CodeCount(static_cast<WeightFormat>(0)) == 0);
  CHECK(ElemBytes(static_cast<Elem>(200)) == 0);
}

}  // namespace
}  // namespace lutgemm
