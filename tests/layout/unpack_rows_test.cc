// Rows of packed weights as f32: the values of Unpack, for any range, without what else it takes.
#include "kit.h"
#include "layout/geometry.h"

#include <lutgemm/threads.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace lutgemm {
namespace {

using test::ForEachPacking;
using test::Info;
using test::Random;

std::vector<float> ValuesOf(const QuantizedMatrix& matrix, size_t row, size_t count) {
  std::vector<float> values;
  for (size_t r = row; r < row + count; ++r) {
    for (size_t k = 0; k < matrix.info.k; ++k) {
      values.push_back(static_cast<float>(matrix.Value(r, k)));
    }
  }
  return values;
}

// Whether rows have the bits of Value, and nothing around them is written.
bool RowsAreRight(const PackedWeights& packed, const QuantizedMatrix& matrix, size_t row,
                  size_t count, Threads* threads = nullptr) {
  const std::vector<float> want = ValuesOf(matrix, row, count);
  const test::Guarded memory(want.size() * sizeof(float), 0x7f);
  const std::span<float> out(reinterpret_cast<float*>(memory.data()), want.size());
  const Status status = UnpackRows(packed, row, count, out, threads);
  REQUIRE_MESSAGE(status.ok(), status.text());
  const std::vector<float> got(out.begin(), out.end());
  return test::FirstDifference(got, want) == want.size() && memory.intact();
}

TEST_CASE("rows are the values of Unpack, in every layout, format, zero kind and group") {
  Random random(31);
  size_t packings = 0;
  ForEachPacking([&](const WeightInfo& base, LayoutId layout) {
    for (const auto& [n, k] : {std::pair<size_t, size_t>{1, 1}, {33, 5}, {70, 131}, {65, 500}}) {
      WeightInfo info = base;
      info.n = n;
      info.k = k;
      const auto matrix = test::RandomMatrix(info, random);
      const PackedWeights packed = test::MustPack(matrix, layout);
      const auto back = Unpack(packed);
      REQUIRE(back.ok());
      CAPTURE(std::string(Name(layout)));
      CAPTURE(std::string(Name(info.format)));
      CAPTURE(static_cast<int>(info.zero));
      CAPTURE(info.group);
      CAPTURE(n);
      CHECK(RowsAreRight(packed, *back, 0, n));
      CHECK(RowsAreRight(packed, *back, n - 1, 1));
      CHECK(RowsAreRight(packed, *back, n / 3, n - n / 2));
      CHECK(RowsAreRight(packed, *back, n, 0));
      ++packings;
    }
  });
  CHECK(packings > 900);
}

TEST_CASE("every stored scale type, and far zero points") {
  Random random(32);
  for (const WeightFormat format :
       {WeightFormat::kInt4, WeightFormat::kNf4, WeightFormat::kCodebook, WeightFormat::kTernary}) {
    for (const Elem scale : {Elem::kF32, Elem::kF16, Elem::kBF16, Elem::kU8}) {
      for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
        const WeightInfo info = Info(format, 40, 300, 64, zero, scale);
        if (PackedBytes(info, DefaultLayout(info)) == 0) continue;
        const auto matrix = test::RandomMatrix(info, random, test::Fill::kFarZeros);
        CHECK(RowsAreRight(test::MustPack(matrix), matrix, 3, 35));
      }
    }
  }
}

TEST_CASE("signs of zero, the smallest numbers, and what f32 cannot hold") {
  Random random(33);
  for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
    const WeightInfo info = Info(WeightFormat::kInt4, 6, 64, kWholeRow, zero, Elem::kF32);
    auto matrix = test::RandomMatrix(info, random);
    matrix.scales = {-1.0f, 0.0f, -0x1p-149f, 0x1.fffffep127f, -0x1.8p127f, -0.0f};
    const PackedWeights packed = test::MustPack(matrix);
    CHECK(RowsAreRight(packed, matrix, 0, 6));
    std::vector<float> out(64);
    REQUIRE(UnpackRows(packed, 3, 1, out).ok());
    CHECK(std::isinf(out[0]) == (std::fabs(matrix.Value(3, 0)) > double(0x1.fffffep127f)));
  }
}

TEST_CASE("super-groups: signs, zeros, and the largest and smallest factors") {
  Random random(35);
  for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kFloat}) {
    const WeightInfo info =
        test::SuperInfo(WeightFormat::kInt5, 16, 48, zero, Elem::kI8, Elem::kF32);
    auto matrix = test::RandomMatrix(info, random);
    constexpr float kFactors[] = {-1.0f, 0.0f, -0x1p-149f, 0x1.fffffep127f, 1e-20f, -0.0f};
    for (size_t i = 0; i < matrix.factors.size(); ++i) matrix.factors[i] = kFactors[i % 6];
    for (size_t i = 0; i < matrix.offset_factors.size(); ++i) {
      matrix.offset_factors[i] = kFactors[i / 6 % 6];
    }
    CHECK(RowsAreRight(test::MustPack(matrix), matrix, 0, info.n));
  }
  // By hand: -3 * 0.5 * (20 - 16), and 200 of an offset factor of -0.25 less.
  WeightInfo info =
      test::SuperInfo(WeightFormat::kInt5, 16, 16, ZeroKind::kNone, Elem::kI8, Elem::kF16);
  info.n = 1, info.k = 1;
  QuantizedMatrix one;
  one.info = info;
  one.codes = {20}, one.scales = {-3}, one.factors = {0.5f};
  std::vector<float> out(1);
  REQUIRE(UnpackRows(test::MustPack(one), 0, 1, out).ok());
  CHECK(out[0] == -6.0f);
  one.info.zero = ZeroKind::kFloat, one.offsets = {200}, one.offset_factors = {-0.25f};
  REQUIRE(UnpackRows(test::MustPack(one), 0, 1, out).ok());
  CHECK(out[0] == -30.0f - 50.0f);
}

// Notes what it was asked for; runs tasks from the last to the first.
class Backwards : public Threads {
 public:
  size_t count() const noexcept override { return 8; }
  void ParallelFor(size_t count, void (*task)(void*, size_t), void* context) noexcept override {
    tasks = count;
    for (size_t i = count; i-- > 0;) task(context, i);
  }
  size_t tasks = 0;
};

TEST_CASE("threads give the same rows, and little work stays here") {
  Random random(34);
  const WeightInfo info = Info(WeightFormat::kInt3, 400, 1000, 128, ZeroKind::kFloat);
  const auto matrix = test::RandomMatrix(info, random);
  const PackedWeights packed = test::MustPack(matrix);
  Backwards threads;
  CHECK(RowsAreRight(packed, matrix, 7, 390, &threads));
  CHECK(threads.tasks == 6);  // of 66 rows
  threads.tasks = 0;
  CHECK(RowsAreRight(packed, matrix, 7, 66, &threads));
  CHECK(threads.tasks == 0);
  const auto pool = MakeThreads(3);
  REQUIRE(pool.ok());
  CHECK(RowsAreRight(packed, matrix, 0, 400, pool->get()));
}

TEST_CASE("ranges and memory that do not fit are refused") {
  Random random(35);
  const WeightInfo info = Info(WeightFormat::kInt4, 40, 64, 32, ZeroKind::kNone);
  const PackedWeights packed = test::MustPack(test::RandomMatrix(info, random));
  std::vector<float> memory(4 * 64);
  const auto code = [&](size_t row, size_t count, size_t floats) {
    return UnpackRows(packed, row, count, {memory.data(), floats}).code();
  };
  CHECK(code(36, 4, 256) == Code::kOk);
  CHECK(code(37, 4, 256) == Code::kBadShape);
  CHECK(code(40, 0, 0) == Code::kOk);
  CHECK(code(41, 0, 0) == Code::kBadShape);
  CHECK(code(~size_t{0}, 2, 128) == Code::kBadShape);
  CHECK(code(2, ~size_t{0}, 128) == Code::kBadShape);
  CHECK(code(0, 4, 255) == Code::kBadShape);
  CHECK(code(0, 3, 256) == Code::kBadShape);
  CHECK(code(0, 0, 64) == Code::kBadShape);
  CHECK(UnpackRows(packed, 38, 3, memory).text() == "3 rows from row 38 on; the weights have 40");
  CHECK(UnpackRows(packed, 0, 3, memory).text() == "out has 256 elements for 3 rows of 64");
  CHECK(UnpackRows(PackedWeights(), 0, 0, {}).code() == Code::kBadArgument);
}

TEST_CASE("an out that lies within the packed bytes is refused before anything is written") {
  Random random(36);
  const WeightInfo info = Info(WeightFormat::kInt4, 64, 64, 32, ZeroKind::kNone);
  const PackedWeights source = test::MustPack(test::RandomMatrix(info, random));
  const size_t bytes = source.blob().size(), row = 64 * sizeof(float);
  const test::Guarded memory(bytes + 2 * row);
  std::byte* blob = memory.data() + row;  // with room for a row on both sides
  std::memcpy(blob, source.blob().data(), bytes);
  const auto packed = PackedWeights::FromBlob(info, source.layout(), 1, {blob, bytes}, nullptr);
  REQUIRE(packed.ok());
  const auto code = [&](std::byte* out) {
    return UnpackRows(*packed, 1, 1, {reinterpret_cast<float*>(out), 64}).code();
  };
  CHECK(code(blob - row + 4) == Code::kBadArgument);
  CHECK(code(blob + 128) == Code::kBadArgument);
  CHECK(code(blob + bytes - 4) == Code::kBadArgument);
  CHECK(std::memcmp(blob, source.blob().data(), bytes) == 0);
  CHECK(code(blob - row) == Code::kOk);
  CHECK(code(blob + bytes) == Code::kOk);
}

// A copy of packed weights with other bytes at one place.
struct Damaged {
  Damaged(const PackedWeights& of, size_t at, std::byte byte)
      : copy(of.blob().size()), weights(of) {
    std::memcpy(copy.data(), of.blob().data(), of.blob().size());
    copy.data()[at] = byte;
    auto made = PackedWeights::FromBlob(of.info(), of.layout(), 1, copy.span(), nullptr);
    REQUIRE(made.ok());
    weights = *made;
  }
  const test::Guarded copy;
  PackedWeights weights;
};

TEST_CASE("damaged codes and codebooks are refused, in the rows that have them") {
  Random random(37);
  const WeightInfo info = Info(WeightFormat::kTernary, 64, 160, kWholeRow, ZeroKind::kNone);
  const auto matrix = test::RandomMatrix(info, random, test::Fill::kAllLow);
  // Plane 1 of a slice of outputs 34 (low nibbles) and 50 (high ones) of the second strip.
  const PackedWeights good = test::MustPack(matrix, LayoutId::kPlanes);
  const size_t strip = layout::MakeGeometry(info, LayoutId::kPlanes)->strip_bytes;
  const Damaged planes(good, strip + 2 * 128 + 64 + 2 * 4, std::byte{0x10});
  std::vector<float> out(64 * 160);
  const std::span<float> rows(out);
  CHECK(UnpackRows(planes.weights, 0, 50, rows.first(50 * 160)).ok());
  CHECK(UnpackRows(planes.weights, 51, 13, rows.first(13 * 160)).ok());
  const Status status = UnpackRows(planes.weights, 40, 24, rows.first(24 * 160));
  CHECK(status.code() == Code::kCorruptFile);
  CHECK(status.text() == "row 50 holds a code that ternary does not have");
  CHECK(Unpack(planes.weights).status().code() == Code::kCorruptFile);

  const WeightInfo own = Info(WeightFormat::kCodebook, 40, 64, 64, ZeroKind::kNone);
  auto book = test::RandomMatrix(own, random, test::Fill::kAllLow);
  book.book = *MakeCodebook(std::vector<float>{-1, 0.5f, 1});
  const Damaged code(test::MustPack(book), 0, std::byte{0x03});
  CHECK(UnpackRows(code.weights, 0, 1, rows.first(64)).code() == Code::kCorruptFile);
  CHECK(UnpackRows(code.weights, 1, 1, rows.first(64)).ok());
  const size_t at = layout::MakeGeometry(own, LayoutId::kCodes)->book_offset;
  const Damaged table(test::MustPack(book), at + layout::kBookCodes, std::byte{17});
  CHECK(UnpackRows(table.weights, 1, 1, rows.first(64)).code() == Code::kCorruptFile);
}

}  // namespace
}  // namespace lutgemm
