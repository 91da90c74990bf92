// Where bits and bytes lie, and how many there are.
#include "format/bitmod.h"
#include "format/planes.h"
#include "layout/geometry.h"

#include "kit.h"

#include <set>

namespace lutgemm {
namespace {

using test::ForEachPacking;
using test::Info;
using test::Random;

// Ternary planes count in unary; those of other formats are the code's bits.
unsigned CodeOfPlaneBits(WeightFormat format, unsigned bits) {
  return format == WeightFormat::kTernary ? (bits & 1u) + (bits >> 1 & 1u) : bits;
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
          found = CodeOfPlaneBits(info.format, bits);
        }
        wrong += found != code;
      }
      for (size_t group = 0; group < g.ks.groups; ++group) {
        const size_t at = info.group == kWholeTensor ? 0 : g.ScaleAt(row, group);
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

TEST_CASE("factors of super-groups lie where the page says, and so do offset bytes") {
  Random random(15);
  test::ForEachSuperPacking([&](const WeightInfo& info, LayoutId layout) {
    const auto matrix = test::RandomMatrix(info, random);
    const PackedWeights packed = test::MustPack(matrix, layout);
    const auto* blob = packed.blob().data();
    const auto g = *layout::MakeGeometry(info, layout);
    const size_t groups = info.groups(), supers = info.super_groups();
    CHECK(supers == (info.k + info.super_group - 1) / info.super_group);
    size_t wrong = 0;
    for (size_t row = 0; row < info.n; ++row) {
      for (size_t s = 0; s < supers; ++s) {
        const size_t at = (row / 32 * supers + s) * 32 + row % 32;
        wrong += format::LoadElem(blob + g.factor_offset, info.factor, at) !=
                 matrix.factors[row * supers + s];
        if (info.zero == ZeroKind::kNone) continue;
        wrong += format::LoadElem(blob + g.offset_factor_offset, info.factor, at) !=
                 matrix.offset_factors[row * supers + s];
      }
      for (size_t group = 0; group < groups && info.zero == ZeroKind::kFloat; ++group) {
        const size_t at = (row / 32 * groups + group) * 32 + row % 32;
        wrong += static_cast<float>(std::to_integer<uint8_t>(blob[g.zero_offset + at])) !=
                 matrix.offsets[row * groups + group];
      }
    }
    CAPTURE(std::string(Name(info.format)));
    CAPTURE(info.super_group);
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
    CHECK(g.offset_factor_offset % 64 == 0);
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
  CHECK(bits(WeightFormat::kInt8, 32, Elem::kF16) == 8.5);
  CHECK(bits(WeightFormat::kTernary, kWholeTensor, Elem::kF32) ==
        doctest::Approx(1.6016).epsilon(1e-3));
}

TEST_CASE("stored bits per weight of super-groups count factors") {
  const auto bits = [](WeightInfo info) {
    info.n = info.k = 4096;
    return 8.0 * double(PackedBytes(info, DefaultLayout(info))) / (4096.0 * 4096.0);
  };
  // Scales and offsets of a byte each, factors of two bytes.
  const double factors = 2 * 16.0 / 256, bytes = 2 * 8.0 / 32;
  CHECK(bits(test::SuperInfo(WeightFormat::kInt4, 32, 256, ZeroKind::kFloat, Elem::kU8,
                             Elem::kF16)) == 4 + bytes + factors);
  CHECK(bits(test::SuperInfo(WeightFormat::kInt6, 16, 256, ZeroKind::kNone, Elem::kI8,
                             Elem::kF16)) == 6 + 8.0 / 16 + 16.0 / 256);
  CHECK(bits(test::SuperInfo(WeightFormat::kInt8, 32, 32, ZeroKind::kNone, Elem::kU8,
                             Elem::kF32)) == 8 + 8.0 / 32 + 1);
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

}  // namespace
}  // namespace lutgemm
