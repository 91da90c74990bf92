// Q4_0, Q4_1, Q5_0, Q5_1, Q8_0: 32 weights that share an f16 scale d, and where the name ends in 1
// an f16 offset m.
//
//   Q4_0  d | 16 bytes                     Q4_1  d | m | 16 bytes
//   Q5_0  d | 32 fifth bits | 16 bytes     Q5_1  d | m | 32 fifth bits | 16 bytes
//   Q8_0  d | 32 signed bytes
//
// A byte of codes holds weight i in its low nibble and weight i + 16 in its high one.
#include "import/gguf_blocks.h"

namespace lutgemm::importing {
namespace {

struct OneScale {
  static constexpr std::array<size_t, 1> kHalves = {0};
  static void ReadScales(const uint8_t* block, RowOut& out) { *out.scales++ = LoadHalf(block); }
};

struct ScaleAndOffset {
  static constexpr std::array<size_t, 2> kHalves = {0, 2};
  static void ReadScales(const uint8_t* block, RowOut& out) {
    *out.scales++ = LoadHalf(block);
    *out.offsets++ = LoadHalf(block + 2);
  }
};

template <class Scales>
struct FourBits : Scales {
  static constexpr size_t kCodes = 2 * Scales::kHalves.size();
  static constexpr size_t kBytes = kCodes + 16;
  static void Read(const uint8_t* block, RowOut& out) {
    ReadNibbles<16>(block + kCodes, out.codes);
    Scales::ReadScales(block, out);
    out.codes += 32;
  }
};

template <class Scales>
struct FiveBits : Scales {
  static constexpr size_t kHigh = 2 * Scales::kHalves.size();
  static constexpr size_t kCodes = kHigh + 4;
  static constexpr size_t kBytes = kCodes + 16;
  static void Read(const uint8_t* block, RowOut& out) {
    uint8_t codes[32];
    ReadNibbles<16>(block + kCodes, codes);
    for (size_t i = 0; i < 4; ++i) {
      uint64_t eight;
      std::memcpy(&eight, codes + 8 * i, 8);
      eight |= SpreadByte(block[kHigh + i]) << 4;
      std::memcpy(out.codes + 8 * i, &eight, 8);
    }
    Scales::ReadScales(block, out);
    out.codes += 32;
  }
};

struct EightBits : OneScale {
  static constexpr size_t kBytes = 34;
  static void Read(const uint8_t* block, RowOut& out) {
    MapWords<32>(block + 2, out.codes, [](uint64_t word) { return word ^ EachByte(0x80); });
    ReadScales(block, out);
    out.codes += 32;
  }
};

constexpr WeightInfo Info(WeightFormat format, ZeroKind zero) {
  WeightInfo info;
  info.format = format;
  info.zero = zero;
  info.scale = Elem::kF16;
  info.group = 32;
  return info;
}

constexpr GgufFormat kSmall[] = {
    {GgufType::kQ4_0, Info(WeightFormat::kInt4, ZeroKind::kNone), ReadBlocksOf<FourBits<OneScale>>},
    {GgufType::kQ4_1, Info(WeightFormat::kInt4, ZeroKind::kFloat),
     ReadBlocksOf<FourBits<ScaleAndOffset>>},
    {GgufType::kQ5_0, Info(WeightFormat::kInt5, ZeroKind::kNone), ReadBlocksOf<FiveBits<OneScale>>},
    {GgufType::kQ5_1, Info(WeightFormat::kInt5, ZeroKind::kFloat),
     ReadBlocksOf<FiveBits<ScaleAndOffset>>},
    {GgufType::kQ8_0, Info(WeightFormat::kInt8, ZeroKind::kNone), ReadBlocksOf<EightBits>}};

}  // namespace

std::span<const GgufFormat> SmallBlocks() noexcept { return kSmall; }

}  // namespace lutgemm::importing
