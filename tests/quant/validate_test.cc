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
