// Quantize by the written rules: vectors worked out by hand.
#include "format/fp.h"
#include "kit.h"

#include <cmath>
#include <vector>

namespace lutgemm {
namespace {

using test::MustQuantize;
using test::View;
using Codes = std::vector<uint8_t>;
using Floats = std::vector<float>;

QuantSpec Spec(WeightFormat format, uint32_t group = kWholeRow, ZeroKind zero = ZeroKind::kNone,
               Elem scale = Elem::kF32) {
  return {format, group, zero, scale, false};
}

TEST_CASE("symmetric ints, by hand: scale, ties to even, both ends") {
  const Floats w = {-7, -6.5f, -0.5f, 0, 0.5f, 1.5f, 2.5f, 7};
  const QuantizedMatrix m = MustQuantize(View(w, 1), Spec(WeightFormat::kInt4));
  CHECK(m.scales == Floats{1});
  CHECK(m.codes == Codes{1, 2, 8, 8, 8, 10, 10, 15});
  CHECK(m.zeros.empty());
  CHECK(m.offsets.empty());
  CHECK(m.Value(0, 0) == -7);
  CHECK(m.Value(0, 1) == -6);
  CHECK(m.Value(0, 7) == 7);

  CHECK(MustQuantize(View({-3, -1.5f, 1.5f, 3}, 1), Spec(WeightFormat::kInt3)).codes ==
        Codes{1, 2, 6, 7});
  CHECK(MustQuantize(View({-2, -1, 1, 1.5f}, 1), Spec(WeightFormat::kInt2)).codes ==
        Codes{1, 2, 2, 3});
}

TEST_CASE("integer zero points, by hand: the range is extended to include 0") {
  const QuantSpec spec = Spec(WeightFormat::kInt2, kWholeRow, ZeroKind::kInteger);
  const QuantizedMatrix both = MustQuantize(View({-1, 0, 0.4f, 2}, 1), spec);
  CHECK(both.scales == Floats{1});
  CHECK(both.zeros == Codes{1});
  CHECK(both.codes == Codes{0, 1, 1, 3});
  CHECK(both.Value(0, 3) == 2);

  const QuantizedMatrix positive = MustQuantize(View({3, 6, 9, 9}, 1), spec);
  CHECK(positive.scales == Floats{3});
  CHECK(positive.zeros == Codes{0});
  CHECK(positive.codes == Codes{1, 2, 3, 3});

  const QuantizedMatrix negative = MustQuantize(View({-3, -6, -9, 0}, 1), spec);
  CHECK(negative.zeros == Codes{3});
  CHECK(negative.codes == Codes{2, 1, 0, 3});
}

TEST_CASE("float zero points, by hand: 0 need not be in the range") {
  const QuantSpec spec = Spec(WeightFormat::kInt2, kWholeRow, ZeroKind::kFloat);
  const QuantizedMatrix m = MustQuantize(View({10, 11, 12.5f, 13}, 1), spec);
  CHECK(m.scales == Floats{1});
  CHECK(m.offsets == Floats{10});
  CHECK(m.codes == Codes{0, 1, 2, 3});
  CHECK(m.Value(0, 2) == 12);

  const QuantizedMatrix constant = MustQuantize(View({-4, -4, -4, -4}, 1), spec);
  CHECK(constant.scales == Floats{0});
  CHECK(constant.offsets == Floats{-4});
  CHECK(constant.codes == Codes{0, 0, 0, 0});
  CHECK(constant.Value(0, 3) == -4);
}

TEST_CASE("int1, by hand: mean magnitude and sign, zero counts as positive") {
  const QuantizedMatrix m = MustQuantize(View({-1, 0, 2, 5}, 1), Spec(WeightFormat::kInt1));
  CHECK(m.scales == Floats{2});
  CHECK(m.codes == Codes{0, 1, 1, 1});
  CHECK(m.Value(0, 0) == -2);
  CHECK(m.Value(0, 1) == 2);
}

TEST_CASE("ternary, by hand: mean magnitude, ties to even, clamped") {
  const QuantizedMatrix m =
      MustQuantize(View({-1, 0.5f, 3, -0.5f, 0.75f, 0.25f}, 1), Spec(WeightFormat::kTernary));
  CHECK(m.scales == Floats{1});
  CHECK(m.codes == Codes{0, 1, 2, 1, 2, 1});
}

TEST_CASE("groups: by columns with a short last one, by rows, over the tensor") {
  const Floats w = {1, -1, 1,  1, 2, 2,  // two rows of six
                    3, 3,  -3, 3, 4, -4};
  QuantizedMatrix m = MustQuantize(View(w, 2), Spec(WeightFormat::kInt1, 4));
  CHECK(m.info.groups() == 2);
  CHECK(m.scales == Floats{1, 2, 3, 4});
  CHECK(m.codes == Codes{1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0});
  CHECK(m.Value(0, 4) == 2);
  CHECK(m.Value(1, 5) == -4);
  m = MustQuantize(View(w, 2), Spec(WeightFormat::kInt1, kWholeRow));
  CHECK(m.scales == Floats{8.0f / 6, 20.0f / 6});
  m = MustQuantize(View(w, 2), Spec(WeightFormat::kInt1, kWholeTensor));
  CHECK(m.scales == Floats{28.0f / 12});
  CHECK(m.Value(1, 5) == -static_cast<double>(28.0f / 12));
  m = MustQuantize(View(w, 2), Spec(WeightFormat::kInt1, 128));  // longer than K
  CHECK(m.scales == Floats{8.0f / 6, 20.0f / 6});
}

TEST_CASE("scales are rounded to their stored type before codes are chosen") {
  // max / 7 = 1/3 lies between two bf16 values; the codes must follow the stored one.
  const float third = format::RoundToElem(1.0f / 3, Elem::kBF16);
  const Floats w = {7.0f / 3, 2.5f * third, 3.5f * third, -third};
  const QuantizedMatrix m =
      MustQuantize(View(w, 1), Spec(WeightFormat::kInt4, kWholeRow, ZeroKind::kNone, Elem::kBF16));
  CHECK(m.scales == Floats{third});
  CHECK(m.codes == Codes{15, 10, 12, 7});  // exact ties of the stored scale
}

}  // namespace
}  // namespace lutgemm
