#include "layout/layout.h"

#include "base/checksum.h"
#include "format/bitmod.h"
#include "format/planes.h"
#include "format/traits.h"
#include "layout/pack.h"
#include "support/case.h"
#include "support/run.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace lutgemm {
namespace {

using test::Random;

WeightInfo Info(WeightFormat format, size_t n, size_t k, uint32_t group, ZeroKind zero,
                Elem scale = Elem::kF16) {
  WeightInfo info;
  info.format = format;
  info.n = n;
  info.k = k;
  info.group = group;
  info.zero = zero;
  info.scale = scale;
  return info;
}

// Calls f(info, layout) for every combination of format, zero kind, group kind and layout.
template <class F>
void ForEachPacking(F f) {
  for (unsigned number = 1; number <= static_cast<unsigned>(WeightFormat::kBfp8); ++number) {
    const auto format = static_cast<WeightFormat>(number);
    for (ZeroKind zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
      if (zero != ZeroKind::kNone && !format::HasZeros(format)) continue;
      for (uint32_t group : {4u, 16u, 20u, 32u, 128u, kWholeRow, kWholeTensor}) {
        for (LayoutId layout : {LayoutId::kPlanes, LayoutId::kTrits, LayoutId::kCodes}) {
          const Elem scale = DefaultSpec(format).scale;
          const WeightInfo info = Info(format, 70, 150, group, zero, scale);
          if (PackedBytes(info, layout) != 0) f(info, layout);
        }
      }
    }
  }
}

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
        CHECK(back->selectors == matrix.selectors);
        CHECK(back->book == matrix.book);
        ++packings;
      }
    }
  });
  CHECK(packings > 500);
}

TEST_CASE("bits and bytes lie where the address formulas say") {
  Random random(5);
  ForEachPacking([&](const WeightInfo& info, LayoutId layout) {
    const auto matrix = test::RandomMatrix(info, random);
    const PackedWeights packed = test::MustPack(matrix, layout);
    const auto g = *layout::MakeGeometry(info, layout);
    size_t wrong = 0;
    for (size_t row = 0; row < info.n; ++row) {
      const auto* strip =
          reinterpret_cast<const uint8_t*>(packed.blob().data()) + row / g.strip * g.strip_bytes;
      const size_t o = row % g.strip;
      for (size_t k = 0; k < info.k; ++k) {
        unsigned code = matrix.codes[row * info.k + k];
        if (info.format == WeightFormat::kBitmod3) {
          const size_t at = row * info.groups() + quant::GroupOf(info, k);
          code = format::kBitMod3Planes[matrix.selectors[at]][code];
        }
        unsigned found = 0;
        if (layout == LayoutId::kTrits) {
          found = layout::TritDigit(strip[layout::TritsAt(o, k / 5)], static_cast<unsigned>(k % 5));
        } else if (layout == LayoutId::kCodes) {
          const auto a = layout::CodesAt(o, g.ks.At(k));
          found = strip[a.byte] >> a.bit & 15u;
        } else {
          unsigned bits = 0;
          for (size_t p = 0; p < g.planes; ++p) {
            const auto a = layout::PlanesAt(g.planes, o, g.ks.At(k), p);
            bits |= (strip[a.byte] >> a.bit & 1u) << p;
          }
          found = format::CodeOfPlaneBits(info.format, bits);
        }
        wrong += found != code;
      }
      for (size_t group = 0; group < g.ks.groups; ++group) {
        const size_t at = info.group == kWholeTensor ? 0 : g.ScaleIndex(row, group);
        const size_t from = info.group == kWholeTensor ? 0 : row * g.ks.groups + group;
        const float scale = format::LoadElem(packed.blob().data() + g.scale_offset, info.scale, at);
        wrong += scale != matrix.scales[from];
      }
    }
    CAPTURE(std::string(Name(layout)));
    CAPTURE(std::string(Name(info.format)));
    CHECK(wrong == 0);
  });
}

TEST_CASE("all 243 trits bytes differ and decode to their digits") {
  std::set<uint8_t> bytes;
  for (int v = -121; v <= 121; ++v) {
    const uint8_t byte = layout::TritByte(v);
    bytes.insert(byte);
    int back = 0;
    for (unsigned i = 0; i < 5; ++i)
      back = back * 3 + static_cast<int>(layout::TritDigit(byte, i)) - 1;
    CHECK(back == v);
    // The sign is bit 7, and a sign change leaves the low bits.
    if (v > 0) CHECK((layout::TritByte(-v) ^ byte) == 0x80);
  }
  CHECK(bytes.size() == 243);
}

TEST_CASE("sections are aligned, sizes agree, strips share no cache line") {
  ForEachPacking([](const WeightInfo& info, LayoutId layout) {
    const auto g = *layout::MakeGeometry(info, layout);
    CHECK(g.strip_bytes % 64 == 0);
    CHECK(g.scale_offset % 64 == 0);
    CHECK(g.zero_offset % 64 == 0);
    CHECK(g.factor_offset % 64 == 0);
    CHECK(g.selector_offset % 64 == 0);
    CHECK(g.book_offset % 64 == 0);
    CHECK(g.total_bytes % 64 == 0);
    CHECK(g.total_bytes == PackedBytes(info, layout));
    CHECK(g.strips * g.strip >= info.n);
  });
}

TEST_CASE("stored bits per weight") {
  const auto bits = [](WeightFormat format, uint32_t group, Elem scale) {
    const WeightInfo info = Info(format, 4096, 4096, group, ZeroKind::kNone, scale);
    return 8.0 * double(PackedBytes(info, DefaultLayout(info))) / (4096.0 * 4096.0);
  };
  CHECK(bits(WeightFormat::kInt1, 128, Elem::kF16) == 1.125);
  CHECK(bits(WeightFormat::kInt4, 128, Elem::kF16) == 4.125);
  CHECK(bits(WeightFormat::kInt3, 32, Elem::kF32) == 4.0);
  CHECK(bits(WeightFormat::kTernary, kWholeTensor, Elem::kF32) ==
        doctest::Approx(1.6016).epsilon(1e-3));
}

TEST_CASE("stored bits per weight of codebooks and BFP count scales, selectors, factors, tables") {
  const auto bits = [](WeightFormat format, uint32_t group) {
    const QuantSpec spec = DefaultSpec(format);
    const WeightInfo info = Info(format, 4096, 4096, group, ZeroKind::kNone, spec.scale);
    return 8.0 * double(PackedBytes(info, DefaultLayout(info))) / (4096.0 * 4096.0);
  };
  const double book = 128 * 8 / (4096.0 * 4096.0), tensor = 64 * 8 / (4096.0 * 4096.0);
  CHECK(bits(WeightFormat::kBitmod4, 128) == 4 + 10.0 / 128 + 32.0 / 4096 + book);
  CHECK(bits(WeightFormat::kBitmod3, 128) == 3 + 10.0 / 128 + 32.0 / 4096 + book);
  CHECK(bits(WeightFormat::kMxfp4, 32) == 4.25 + book);
  CHECK(bits(WeightFormat::kNvfp4, 16) == 4.5 + tensor + book);
  CHECK(bits(WeightFormat::kNf4, 64) == 4.25 + book);
  CHECK(bits(WeightFormat::kCodebook, 128) == 4.125 + book);
  for (unsigned m = 3; m <= 8; ++m) {
    const auto format =
        static_cast<WeightFormat>(static_cast<unsigned>(WeightFormat::kBfp3) + m - 3);
    for (const uint32_t n : {16u, 32u, 64u, 128u}) CHECK(bits(format, n) == m + 8.0 / n);
  }
}

TEST_CASE("selectors and codebook lie where the layout says, indexed by stored codes") {
  for (const WeightFormat format : {WeightFormat::kBitmod3, WeightFormat::kBitmod4}) {
    Random random(9);
    const WeightInfo info = Info(format, 70, 150, 32, ZeroKind::kNone, Elem::kU8);
    const auto matrix = test::RandomMatrix(info, random);
    const PackedWeights packed = test::MustPack(matrix);
    const auto g = *layout::MakeGeometry(info, packed.layout());
    const auto* blob = reinterpret_cast<const uint8_t*>(packed.blob().data());
    const auto* tables = reinterpret_cast<const int8_t*>(blob + g.book_offset);
    size_t wrong = 0;
    for (size_t row = 0; row < info.n; ++row) {
      const size_t strip = row / 32, o = row % 32;
      for (size_t k = 0; k < info.k; ++k) {
        const size_t group = k / 32;
        const uint8_t byte = blob[g.selector_offset + (strip * info.groups() + group) * 8 + o / 4];
        const unsigned selector = byte >> (o % 4 * 2) & 3u;
        wrong += selector != matrix.selectors[row * info.groups() + group];
        unsigned stored = 0;
        if (packed.layout() == LayoutId::kCodes) {
          const auto a = layout::CodesAt(o, g.ks.At(k));
          stored = blob[strip * g.strip_bytes + a.byte] >> a.bit & 15u;
        } else {
          for (size_t p = 0; p < 3; ++p) {
            const auto a = layout::PlanesAt(3, o, g.ks.At(k), p);
            stored |= (blob[strip * g.strip_bytes + a.byte] >> a.bit & 1u) << p;
          }
        }
        wrong += tables[selector * 16 + stored] != matrix.Integer(row, k);
      }
      float factor = 0;
      std::memcpy(&factor, blob + g.factor_offset + row * 4, 4);
      wrong += factor != matrix.factors[row];
    }
    CHECK(wrong == 0);
  }
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

}  // namespace
}  // namespace lutgemm
