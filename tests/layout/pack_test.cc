// Packing, its inverse, its bytes, and blobs that are not what they should be.
#include "layout/pack.h"
#include "base/checksum.h"
#include "layout/geometry.h"

#include "kit.h"

namespace lutgemm {
namespace {

using test::ForEachPacking;
using test::Info;
using test::Random;

TEST_CASE("Unpack is the inverse of Pack, for every layout") {
  size_t packings = 0;
  ForEachPacking([&](const WeightInfo& base, LayoutId layout) {
    for (size_t n : {size_t{1}, size_t{32}, size_t{33}, size_t{70}}) {
      for (size_t k : {size_t{1}, size_t{5}, size_t{16}, size_t{131}}) {
        WeightInfo info = base;
        info.n = n;
        info.k = k;
        Random random(n * 1000 + k);
        const auto matrix = test::RandomMatrix(info, random);
        const PackedWeights packed = test::MustPack(matrix, layout);
        const auto back = Unpack(packed);
        REQUIRE_MESSAGE(back.ok(), back.status().text());
        CHECK(back->codes == matrix.codes);
        CHECK(back->scales == matrix.scales);
        CHECK(back->zeros == matrix.zeros);
        CHECK(back->offsets == matrix.offsets);
        CHECK(back->factors == matrix.factors);
        CHECK(back->offset_factors == matrix.offset_factors);
        CHECK(back->info.super_group == info.super_group);
        CHECK(back->info.factor == info.factor);
        CHECK(back->selectors == matrix.selectors);
        CHECK(back->book == matrix.book);
        ++packings;
      }
    }
  });
  CHECK(packings > 2000);
}

// The bytes of version 1, pinned: whoever changes them makes version 2.
struct Golden {
  WeightFormat format;
  LayoutId layout;
  uint32_t group;
  ZeroKind zero;
  uint64_t checksum;
};
constexpr Golden kGolden[] = {
    {WeightFormat::kInt1, LayoutId::kPlanes, 32, ZeroKind::kNone, 0xceb3dbf8e485e814u},
    {WeightFormat::kInt2, LayoutId::kPlanes, 20, ZeroKind::kInteger, 0x14ec23540c66de4cu},
    {WeightFormat::kInt3, LayoutId::kPlanes, kWholeRow, ZeroKind::kFloat, 0x888c7e3bc5052c0du},
    {WeightFormat::kInt4, LayoutId::kPlanes, 64, ZeroKind::kNone, 0x22b74a72827c06du},
    {WeightFormat::kTernary, LayoutId::kPlanes, kWholeTensor, ZeroKind::kNone, 0x34804fb9146b97a8u},
    {WeightFormat::kTernary, LayoutId::kTrits, kWholeTensor, ZeroKind::kNone, 0x3f59a1ae8f7db8aeu},
    {WeightFormat::kInt4, LayoutId::kCodes, 32, ZeroKind::kInteger, 0xbb047fbdbc44b6b1u},
    {WeightFormat::kBitmod3, LayoutId::kPlanes, 32, ZeroKind::kNone, 0x6b2399a0814aa1d8u},
    {WeightFormat::kBitmod4, LayoutId::kCodes, 128, ZeroKind::kNone, 0x35c36fcbe79dbff6u},
    {WeightFormat::kMxfp4, LayoutId::kCodes, 32, ZeroKind::kNone, 0x9fe93d648b037892u},
    {WeightFormat::kNvfp4, LayoutId::kCodes, 16, ZeroKind::kNone, 0x36aabedcc1a5a8aeu},
    {WeightFormat::kNf4, LayoutId::kCodes, 64, ZeroKind::kNone, 0x74525302bdf36f3bu},
    {WeightFormat::kBfp4, LayoutId::kCodes, 16, ZeroKind::kNone, 0xe44702ce3104a667u},
    {WeightFormat::kBfp7, LayoutId::kPlanes, 64, ZeroKind::kNone, 0xc01d889c4b8a9394u},
};

TEST_CASE("golden bytes of every layout") {
  for (const Golden& golden : kGolden) {
    Random random(77);
    const Elem scale = DefaultSpec(golden.format).scale;
    const auto matrix =
        test::RandomMatrix(Info(golden.format, 67, 133, golden.group, golden.zero, scale), random);
    const PackedWeights packed = test::MustPack(matrix, golden.layout);
    CHECK(packed.layout_version() == 1);
    CAPTURE(std::string(Name(golden.layout)));
    CAPTURE(std::string(Name(golden.format)));
    CHECK(base::Checksum(packed.blob()) == golden.checksum);
  }
}

TEST_CASE("golden bytes of super-groups and of codes of more than four bits") {
  const auto checksum = [](const WeightInfo& base, LayoutId layout) {
    Random random(77);
    WeightInfo info = base;
    info.n = 67, info.k = 133;
    return base::Checksum(test::MustPack(test::RandomMatrix(info, random), layout).blob());
  };
  CHECK(checksum(
            test::SuperInfo(WeightFormat::kInt4, 16, 64, ZeroKind::kFloat, Elem::kU8, Elem::kF16),
            LayoutId::kCodes) == 0x8655489e96959135u);
  CHECK(checksum(
            test::SuperInfo(WeightFormat::kInt6, 16, 96, ZeroKind::kNone, Elem::kI8, Elem::kBF16),
            LayoutId::kPlanes) == 0xe0aedccbd677471cu);
  CHECK(checksum(Info(WeightFormat::kInt5, 67, 133, 32, ZeroKind::kInteger), LayoutId::kPlanes) ==
        0x7b4ba88d0783b545u);
  CHECK(checksum(Info(WeightFormat::kInt8, 67, 133, 20, ZeroKind::kFloat), LayoutId::kPlanes) ==
        0xb95e31ef3d98d93du);
}

TEST_CASE("FromBlob takes a described blob and refuses everything else") {
  Random random(6);
  const WeightInfo info = Info(WeightFormat::kInt4, 40, 64, 32, ZeroKind::kNone);
  const PackedWeights packed = test::MustPack(test::RandomMatrix(info, random));
  const test::Guarded copy(packed.blob().size() + 64);
  std::memcpy(copy.data(), packed.blob().data(), packed.blob().size());
  const auto blob = copy.span().first(packed.blob().size());
  const auto code = [&](LayoutId layout, uint32_t version, std::span<const std::byte> bytes) {
    return PackedWeights::FromBlob(info, layout, version, bytes, nullptr).status().code();
  };
  CHECK(code(LayoutId::kCodes, 1, blob) == Code::kOk);
  CHECK(code(LayoutId::kCodes, 2, blob) == Code::kUnsupportedFormat);
  CHECK(code(LayoutId::kTrits, 1, blob) == Code::kUnsupportedFormat);
  CHECK(code(LayoutId::kDefault, 0, blob) == Code::kUnsupportedFormat);
  CHECK(code(LayoutId::kCodes, 1, blob.first(blob.size() - 64)) == Code::kBadShape);
  CHECK(code(LayoutId::kCodes, 1, copy.span().subspan(8, blob.size())) == Code::kBadArgument);
  for (const auto& [n, k] :
       {std::pair<size_t, size_t>{0, 64}, {40, 0}, {size_t{1} << 40, 64}, {40, kMaxK + 1}}) {
    const WeightInfo none = Info(WeightFormat::kInt4, n, k, 32, ZeroKind::kNone);
    const auto made = PackedWeights::FromBlob(none, LayoutId::kCodes, 1, blob, nullptr);
    CHECK(made.status().code() == Code::kBadShape);
    CHECK(made.status().text().find(n == 40 ? "1 to 16777216" : "1 to 2147483648") !=
          std::string::npos);
  }
}

TEST_CASE("the largest zero point is known, wherever it is stored") {
  Random random(12);
  for (const uint32_t group : {32u, kWholeRow, kWholeTensor}) {
    for (const LayoutId layout : {LayoutId::kPlanes, LayoutId::kCodes}) {
      auto matrix =
          test::RandomMatrix(Info(WeightFormat::kInt4, 70, 150, group, ZeroKind::kInteger), random);
      for (uint8_t& zero : matrix.zeros) zero = 7;
      CHECK(test::MustPack(matrix, layout).largest_zero() == 7);
      for (const size_t at : {size_t{0}, matrix.zeros.size() / 2, matrix.zeros.size() - 1}) {
        matrix.zeros[at] = static_cast<uint8_t>(200 + at % 50);
        const PackedWeights packed = test::MustPack(matrix, layout);
        CHECK(packed.largest_zero() == matrix.zeros[at]);
        const auto adopted =
            PackedWeights::FromBlob(matrix.info, layout, 1, packed.blob(), nullptr);
        REQUIRE(adopted.ok());
        CHECK(adopted->largest_zero() == matrix.zeros[at]);
        matrix.zeros[at] = 7;
      }
    }
  }
  for (const ZeroKind zero : {ZeroKind::kNone, ZeroKind::kFloat}) {
    const WeightInfo info = Info(WeightFormat::kInt4, 40, 64, 32, zero);
    CHECK(test::MustPack(test::RandomMatrix(info, random)).largest_zero() == 0);
  }
  CHECK(PackedWeights().largest_zero() == 0);
}

TEST_CASE("damaged ternary planes are refused by Unpack") {
  Random random(8);
  const WeightInfo info = Info(WeightFormat::kTernary, 32, 16, kWholeRow, ZeroKind::kNone);
  const PackedWeights packed = test::MustPack(test::RandomMatrix(info, random), LayoutId::kPlanes);
  const test::Guarded copy(packed.blob().size());
  std::memcpy(copy.data(), packed.blob().data(), packed.blob().size());
  copy.data()[0] = std::byte{0x00};
  copy.data()[64] = std::byte{0xff};  // plane 1 set where plane 0 is clear: no ternary code
  const auto damaged = PackedWeights::FromBlob(info, LayoutId::kPlanes, 1, copy.span(), nullptr);
  REQUIRE(damaged.ok());
  CHECK(Unpack(*damaged).status().code() == Code::kCorruptFile);
}

TEST_CASE("a damaged codebook is refused by Unpack") {
  Random random(10);
  const WeightInfo fixed = Info(WeightFormat::kNf4, 40, 64, 64, ZeroKind::kNone);
  const WeightInfo own = Info(WeightFormat::kCodebook, 40, 64, 64, ZeroKind::kNone);
  for (const WeightInfo& info : {fixed, own}) {
    const PackedWeights packed = test::MustPack(test::RandomMatrix(info, random));
    const auto g = *layout::MakeGeometry(info, LayoutId::kCodes);
    for (const size_t at :
         {size_t{0}, layout::kBookUnit + 3, layout::kBookCodes, layout::kBookTableCount}) {
      const test::Guarded copy(packed.blob().size());
      std::memcpy(copy.data(), packed.blob().data(), packed.blob().size());
      copy.data()[g.book_offset + at] = std::byte{0x80};  // -128, a negative unit, 128 codes
      const auto damaged = PackedWeights::FromBlob(info, LayoutId::kCodes, 1, copy.span(), nullptr);
      REQUIRE(damaged.ok());
      CHECK(Unpack(*damaged).status().code() == Code::kCorruptFile);
    }
  }
}

}  // namespace
}  // namespace lutgemm
