// Codes that index tables of 16 values.
//
//   IQ4_NL  f16 d | 16 bytes: 32 weights, d times an integer of a table
//   IQ4_XS  f16 d | u16 high bits of scales | 4 bytes low nibbles of scales | 128 bytes: 256
//           weights in groups of 32, d times (6-bit scale - 32) times an integer of that table
//   MXFP4   E8M0 scale | 16 bytes: 32 weights (OCP MX v1.0)
//   NVFP4   4 E4M3 scales | 32 bytes: 64 weights in groups of 16
//
// Bytes hold weight i of a group in the low nibble and the one half a group later in the high one.
#include "import/gguf_blocks.h"

namespace lutgemm::importing {
namespace {

constexpr Codebook kIq4Book = [] {
  Codebook book;
  book.values[0] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  book.unit = 1;
  book.codes = 16;
  book.tables = 1;
  return book;
}();

struct Iq4Nl {
  static constexpr size_t kBytes = 18;
  static constexpr std::array<size_t, 1> kHalves = {0};
  static void Read(const uint8_t* block, RowOut& out) {
    ReadNibbles<16>(block + 2, out.codes);
    out.codes += 32;
    *out.scales++ = LoadHalf(block);
  }
};

struct Iq4Xs {
  static constexpr size_t kBytes = 136;
  static constexpr std::array<size_t, 1> kHalves = {0};
  static void Read(const uint8_t* block, RowOut& out) {
    for (size_t t = 0; t < 8; ++t) ReadNibbles<16>(block + 8 + 16 * t, out.codes + 32 * t);
    out.codes += 256;
    const unsigned high = LoadHalfBits(block + 2);
    for (unsigned t = 0; t < 8; ++t) {
      const unsigned low = block[4 + t / 2] >> t % 2 * 4 & 15u;
      const auto scale = static_cast<int>(low | (high >> 2 * t & 3) << 4) - 32;
      *out.scales++ = static_cast<float>(scale);
    }
    *out.factors++ = LoadHalf(block);
  }
};

struct Mxfp4 {
  static constexpr size_t kBytes = 17;
  static bool IsFinite(const uint8_t* block) { return block[0] != format::kE8M0Nan; }
  static void Read(const uint8_t* block, RowOut& out) {
    ReadNibbles<16>(block + 1, out.codes);
    out.codes += 32;
    *out.scales++ = format::E8M0Value(block[0]);
  }
};

// The sign of a scale does not count: 0x7f is read as 0, but 0xff is the NaN of E4M3.
struct Nvfp4 {
  static constexpr size_t kBytes = 36;
  static bool IsFinite(const uint8_t* block) {
    return block[0] != 0xff && block[1] != 0xff && block[2] != 0xff && block[3] != 0xff;
  }
  static void Read(const uint8_t* block, RowOut& out) {
    for (size_t s = 0; s < 4; ++s) {
      ReadNibbles<8>(block + 4 + 8 * s, out.codes);
      out.codes += 16;
      const unsigned scale = block[s] & 0x7f;
      *out.scales++ = scale == 0x7f ? 0.0f : format::MiniFloatValue(format::kE4M3, scale);
    }
  }
};

struct Shape {
  WeightFormat format;
  Elem scale;
  uint32_t group;
  uint32_t super_group = 0;
};
constexpr WeightInfo Info(const Shape& shape) {
  WeightInfo info;
  info.format = shape.format;
  info.scale = shape.scale;
  info.group = shape.group;
  info.super_group = shape.super_group;
  if (shape.super_group != 0) info.factor = Elem::kF16;
  return info;
}

constexpr GgufFormat kKinds[] = {
    {GgufType::kIq4_Nl, Info({WeightFormat::kCodebook, Elem::kF16, 32}), ReadBlocksOf<Iq4Nl>,
     &kIq4Book},
    {GgufType::kIq4_Xs, Info({WeightFormat::kCodebook, Elem::kI8, 32, 256}), ReadBlocksOf<Iq4Xs>,
     &kIq4Book},
    {GgufType::kMxfp4, Info({WeightFormat::kMxfp4, Elem::kE8m0, 32}), ReadBlocksOf<Mxfp4>},
    {GgufType::kNvfp4, Info({WeightFormat::kNvfp4, Elem::kE4m3, 16}), ReadBlocksOf<Nvfp4>}};

}  // namespace

std::span<const GgufFormat> BookBlocks() noexcept { return kKinds; }

}  // namespace lutgemm::importing
