// Imported codes: what Validate accepts, and the one thing that each refusal names.
#include <lutgemm/weights.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>

namespace lutgemm {
namespace {

QuantizedMatrix Good(ZeroKind zero = ZeroKind::kNone) {
  QuantizedMatrix m;
  m.info = {WeightFormat::kInt3, zero, Elem::kF16, 2, 10, 4};
  m.codes.assign(20, 7);
  m.scales.assign(6, 0.5f);
  if (zero == ZeroKind::kInteger) m.zeros.assign(6, 255);
  if (zero == ZeroKind::kFloat) m.offsets.assign(6, -0.25f);
  return m;
}

void CheckRefused(const QuantizedMatrix& m, Code code, const std::string& text) {
  const Status status = Validate(m);
  CHECK(status.code() == code);
  CAPTURE(status.text());
  CHECK(status.text().find(text) != std::string::npos);
}

TEST_CASE("what holds together is accepted: any zero byte, negative scales") {
  for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
    QuantizedMatrix m = Good(zero);
    CHECK(Validate(m).ok());
    m.scales[3] = -2;
    CHECK(Validate(m).ok());
    m.info.group = kWholeTensor;
    m.scales.resize(1);
    if (!m.zeros.empty()) m.zeros.resize(1);
    if (!m.offsets.empty()) m.offsets.resize(1);
    CHECK(Validate(m).ok());
  }
}

TEST_CASE("values: each format's formula") {
  CHECK(Good().Value(0, 0) == 0.5 * (7 - 4));
  CHECK(Good(ZeroKind::kInteger).Value(1, 9) == 0.5 * (7 - 255));
  CHECK(Good(ZeroKind::kFloat).Value(1, 4) == 0.5 * 7 - 0.25);
}

TEST_CASE("sizes") {
  QuantizedMatrix m = Good();
  m.codes.pop_back();
  CheckRefused(m, Code::kBadShape, "19 codes");
  m = Good();
  m.scales.push_back(1);
  CheckRefused(m, Code::kBadShape, "7 scales");
  m = Good();
  m.zeros.assign(6, 0);
  CheckRefused(m, Code::kBadShape, "6 zeros");
  m = Good(ZeroKind::kInteger);
  m.zeros.clear();
  CheckRefused(m, Code::kBadShape, "0 zeros");
  m = Good(ZeroKind::kFloat);
  m.offsets.resize(5);
  CheckRefused(m, Code::kBadShape, "5 offsets");
  m = Good();
  m.info.n = 0;
  CheckRefused(m, Code::kBadShape, "0 rows");
  m = Good();
  m.info.k = kMaxK + 1;
  CheckRefused(m, Code::kBadShape, "columns");
}

TEST_CASE("codes") {
  QuantizedMatrix m = Good();
  m.codes[13] = 8;
  CheckRefused(m, Code::kBadArgument, "code [1, 3] is 8");
  m = Good();
  m.info.format = WeightFormat::kTernary;
  m.codes.assign(20, 2);
  CHECK(Validate(m).ok());
  m.codes[0] = 3;
  CheckRefused(m, Code::kBadArgument, "0 to 2");
}

TEST_CASE("scales and offsets") {
  QuantizedMatrix m = Good();
  m.scales[4] = NAN;
  CheckRefused(m, Code::kNotFinite, "the scale of row 1, group 1");
  m = Good();
  m.scales[2] = 0.1f;
  CheckRefused(m, Code::kBadArgument, "f16 does not hold");
  m.info.scale = Elem::kF32;
  CHECK(Validate(m).ok());
  m = Good();
  m.scales[2] = 1e6f;  // infinite in f16
  CheckRefused(m, Code::kBadArgument, "row 0, group 2");
  m = Good(ZeroKind::kFloat);
  m.offsets[5] = INFINITY;
  CheckRefused(m, Code::kNotFinite, "the offset of row 1, group 2");
}

// Two rows of two super-groups, the second one of one group.
QuantizedMatrix Super(ZeroKind zero = ZeroKind::kNone) {
  QuantizedMatrix m;
  m.info = {WeightFormat::kInt6, zero, Elem::kI8, 2, 40, 16, 32, Elem::kF16};
  m.codes.assign(80, 63);
  m.scales.assign(6, -128);
  m.factors.assign(4, -0.5f);
  if (zero == ZeroKind::kFloat) m.offsets.assign(6, 255), m.offset_factors.assign(4, 0.25f);
  return m;
}

TEST_CASE("super-groups: values, and what holds together") {
  CHECK(Validate(Super()).ok());
  CHECK(Validate(Super(ZeroKind::kFloat)).ok());
  CHECK(Super().Value(1, 39) == -128 * -0.5 * (63 - 32));
  CHECK(Super(ZeroKind::kFloat).Value(1, 39) == -128 * -0.5 * 63 + 255 * 0.25);
  CHECK(Super().Factor(1) == 1);
  QuantizedMatrix m = Super();
  m.factors[3] = 2;
  CHECK(m.Value(1, 31) == -128 * -0.5 * 31);
  CHECK(m.Value(1, 32) == -128 * 2.0 * 31);
  m.info.format = WeightFormat::kNf4, m.book = FixedCodebook(WeightFormat::kNf4);
  m.codes.assign(80, 15);
  CHECK(Validate(m).ok());
}

TEST_CASE("super-groups: numbers that their types do not hold") {
  QuantizedMatrix m = Super();
  m.scales[4] = 128;
  CheckRefused(m, Code::kBadArgument, "the scale of row 1, group 1 is 128, which i8");
  m = Super();
  m.info.scale = Elem::kU8;
  CheckRefused(m, Code::kBadArgument, "the scale of row 0, group 0 is -128, which u8");
  m = Super();
  m.scales[0] = 1.5f;
  CheckRefused(m, Code::kBadArgument, "is 1.5, which i8");
  m = Super();
  m.factors[2] = 0.1f;
  CheckRefused(m, Code::kBadArgument, "the scale factor of row 1, super-group 0");
  m.info.factor = Elem::kF32;
  CHECK(Validate(m).ok());
  m.factors[3] = INFINITY;
  CheckRefused(m, Code::kNotFinite, "the scale factor of row 1, super-group 1");
  m = Super(ZeroKind::kFloat);
  m.offsets[5] = -1;
  CheckRefused(m, Code::kBadArgument, "the offset of row 1, group 2 is -1, which u8");
  m = Super(ZeroKind::kFloat);
  m.offset_factors[1] = NAN;
  CheckRefused(m, Code::kNotFinite, "the offset factor of row 0, super-group 1");
}

TEST_CASE("super-groups: sizes") {
  QuantizedMatrix m = Super();
  m.factors.resize(2);
  CheckRefused(m, Code::kBadShape, "2 factors");
  m = Super();
  m.offset_factors.assign(4, 1);
  CheckRefused(m, Code::kBadShape, "4 offset factors");
  m = Super(ZeroKind::kFloat);
  m.offset_factors.clear();
  CheckRefused(m, Code::kBadShape, "0 offset factors");
}

TEST_CASE("super-groups: what does not go with them") {
  const auto refused = [](auto change, const char* text) {
    QuantizedMatrix m = Super();
    change(m.info);
    CheckRefused(m, Code::kUnsupportedFormat, text);
  };
  refused([](WeightInfo& i) { i.super_group = 40; }, "super-groups of 40 with groups of 16");
  refused([](WeightInfo& i) { i.group = 20, i.super_group = 40; }, "with groups of 20");
  refused([](WeightInfo& i) { i.super_group = 4112; }, "up to 4096");
  refused([](WeightInfo& i) { i.group = kWholeRow; }, "groups of 0");
  refused([](WeightInfo& i) { i.group = kWholeTensor; }, "super-groups");
  refused([](WeightInfo& i) { i.scale = Elem::kF16; }, "scales f16");
  refused([](WeightInfo& i) { i.scale = Elem::kE4m3; }, "scales e4m3");
  refused([](WeightInfo& i) { i.factor = Elem::kU8; }, "factors u8");
  refused([](WeightInfo& i) { i.zero = ZeroKind::kInteger; }, "integer zeros");
  refused([](WeightInfo& i) { i.format = WeightFormat::kInt1; }, "int1");
  refused([](WeightInfo& i) { i.format = WeightFormat::kTernary; }, "ternary");
  refused([](WeightInfo& i) { i.format = WeightFormat::kBitmod4; }, "bitmod4");
  // Integer scales of ints need factors.
  QuantizedMatrix m = Super();
  m.info.super_group = 0;
  CheckRefused(m, Code::kBadArgument, "scales of int6 cannot be stored as i8");
  m.info.scale = Elem::kU8;
  CheckRefused(m, Code::kBadArgument, "scales of int6 cannot be stored as u8");
}

TEST_CASE("super-groups: factors that make up for a codebook's unit") {
  QuantizedMatrix m = Super();
  m.info.format = WeightFormat::kCodebook, m.info.factor = Elem::kF32;
  m.codes.assign(80, 1);
  m.book = *MakeCodebook(std::vector<float>{0x1p60f, -0x1p60f});
  CHECK(Validate(m).ok());
  m.factors[1] = 0x1p-90f;
  CheckRefused(m, Code::kOverflow, "multiply the codebook's values");
}

TEST_CASE("specs") {
  QuantizedMatrix m = Good(ZeroKind::kInteger);
  m.info.format = WeightFormat::kInt1;
  CheckRefused(m, Code::kUnsupportedFormat, "int1");
  m = Good();
  m.info.group = 5;
  CheckRefused(m, Code::kBadArgument, "group 5");
  m = Good();
  m.info.scale = Elem::kI32;
  CheckRefused(m, Code::kBadArgument, "i32");
}

}  // namespace
}  // namespace lutgemm
