// Where weights come from: element types, strides, threads, and everything that is refused.
#include "format/fp.h"
#include "kit.h"
#include "support/random.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace lutgemm {
namespace {

using test::MustQuantize;

constexpr WeightFormat kFormats[] = {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                                     WeightFormat::kInt4, WeightFormat::kTernary};

bool Same(const QuantizedMatrix& a, const QuantizedMatrix& b) {
  return a.codes == b.codes && a.scales == b.scales && a.zeros == b.zeros && a.offsets == b.offsets;
}

TEST_CASE("f16 and bf16 sources with a stride give what their values give in f32") {
  const size_t rows = 3, cols = 37, stride = 41;
  test::Random random(31);
  const std::vector<float> normals = random.Normals(rows * stride);
  for (const Elem elem : {Elem::kF32, Elem::kF16, Elem::kBF16}) {
    CAPTURE(Name(elem));
    std::vector<std::byte> source(rows * stride * ElemBytes(elem));
    std::vector<float> dense;
    for (size_t i = 0; i < rows * stride; ++i) {
      const bool inside = i % stride < cols;
      format::StoreElem(source.data(), elem, i, inside ? normals[i] : NAN);  // never to be read
      if (inside) dense.push_back(format::RoundToElem(normals[i], elem));
    }
    for (const uint32_t group : {16u, kWholeTensor}) {
      const QuantSpec spec = {WeightFormat::kInt3, group, ZeroKind::kInteger, Elem::kF16, false};
      const Tensor2D strided = {source.data(), elem, rows, cols, stride};
      CHECK(Same(MustQuantize(strided, spec),
                 MustQuantize({dense.data(), Elem::kF32, rows, cols, 0}, spec)));
    }
  }
}

TEST_CASE("the number of threads changes nothing") {
  const size_t rows = 700, cols = 300;  // several blocks of rows
  test::Random random(32);
  const std::vector<float> w = random.Normals(rows * cols);
  const Tensor2D view = {w.data(), Elem::kF32, rows, cols, 0};
  for (const WeightFormat format : kFormats) {
    for (const uint32_t group : {64u, kWholeRow, kWholeTensor}) {
      CAPTURE(Name(format));
      CAPTURE(group);
      const QuantSpec spec = {format, group, ZeroKind::kNone, Elem::kF32, group == kWholeTensor};
      const QuantizedMatrix alone = MustQuantize(view, spec);
      for (const size_t count : {1, 2, 5}) {
        Result<std::unique_ptr<Threads>> threads = MakeThreads(count);
        REQUIRE(threads.ok());
        CHECK(Same(alone, MustQuantize(view, spec, threads->get())));
      }
    }
  }
}

TEST_CASE("NaN and infinity are named by row and column, the first one, with any threads") {
  Result<std::unique_ptr<Threads>> threads = MakeThreads(3);
  REQUIRE(threads.ok());
  const float kInf = std::numeric_limits<float>::infinity();
  for (const float bad : {NAN, kInf, -kInf}) {
    for (const uint32_t group : {32u, kWholeRow, kWholeTensor}) {
      std::vector<float> w(1000 * 200, 0.5f);
      w[431 * 200 + 199] = bad;
      w[999 * 200 + 3] = bad;
      for (Threads* pool : {static_cast<Threads*>(nullptr), threads->get()}) {
        const Result<QuantizedMatrix> m =
            Quantize({w.data(), Elem::kF32, 1000, 200, 0},
                     {WeightFormat::kInt4, group, ZeroKind::kNone, Elem::kF16, false}, pool);
        REQUIRE(!m.ok());
        CHECK(m.status().code() == Code::kNotFinite);
        CHECK(m.status().text().find("[431, 199]") != std::string::npos);
      }
    }
  }
}

Status Refused(const Tensor2D& weights, const QuantSpec& spec) {
  return Quantize(weights, spec).status();
}

TEST_CASE("specs and shapes outside their range are refused with a reason") {
  const std::vector<float> w(64, 1.0f);
  const Tensor2D good = {w.data(), Elem::kF32, 4, 16, 0};
  const QuantSpec spec;
  REQUIRE(Refused(good, spec).ok());

  const auto with = [](auto change) {
    QuantSpec changed;
    change(changed);
    return changed;
  };
  using S = QuantSpec&;
  CHECK(Refused(good, with([](S s) { s.group = 6; })).code() == Code::kBadArgument);
  CHECK(Refused(good, with([](S s) { s.group = 6; })).text().find("group 6") != std::string::npos);
  CHECK(Refused(good, with([](S s) { s.scale = Elem::kI8; })).code() == Code::kBadArgument);
  CHECK(Refused(good, with([](S s) { s.format = static_cast<WeightFormat>(0); })).code() ==
        Code::kBadArgument);
  CHECK(Refused(good, with([](S s) { s.zero = static_cast<ZeroKind>(3); })).code() ==
        Code::kBadArgument);
  for (const auto format : {WeightFormat::kInt1, WeightFormat::kTernary}) {
    for (const auto zero : {ZeroKind::kInteger, ZeroKind::kFloat}) {
      CHECK(Refused(good, with([=](S s) { s.format = format, s.zero = zero; })).code() ==
            Code::kUnsupportedFormat);
    }
  }

  CHECK(Refused({nullptr, Elem::kF32, 4, 16, 0}, spec).code() == Code::kBadArgument);
  CHECK(Refused({w.data(), Elem::kI8, 4, 16, 0}, spec).code() == Code::kBadArgument);
  CHECK(Refused({w.data(), Elem::kF32, 0, 16, 0}, spec).code() == Code::kBadShape);
  CHECK(Refused({w.data(), Elem::kF32, 4, 0, 0}, spec).code() == Code::kBadShape);
  CHECK(Refused({w.data(), Elem::kF32, 1, kMaxK + 1, 0}, spec).code() == Code::kBadShape);
  CHECK(Refused({w.data(), Elem::kF32, (size_t{1} << 31) + 1, 1, 0}, spec).code() ==
        Code::kBadShape);
  CHECK(Refused({w.data(), Elem::kF32, 4, 16, 15}, spec).code() == Code::kBadShape);
}

}  // namespace
}  // namespace lutgemm
