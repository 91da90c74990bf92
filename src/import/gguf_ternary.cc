// One and two bits: weights d times a small integer, d an f16 scale of the block.
//
//   Q1_0   d | 16 bytes: 128 bits, +d or -d
//   Q2_0   d | 16 bytes: 64 pairs, 0 to 3 for -d, 0, d and 2 d
//   TQ1_0  48 bytes of five trits | 4 bytes of four | d: 256 weights
//   TQ2_0  64 bytes of pairs | d: 256 weights
//
// Types of pairs are ternary where no pair is 3, as their own encoder of TQ2_0 makes them; see
// ImportBlocks.
#include "import/gguf_blocks.h"

namespace lutgemm::importing {
namespace {

// Eight pairs of bits as eight bytes, the lowest pair first: halves apart, then quarters, then
// pairs.
constexpr uint64_t SpreadPairs(uint64_t pairs) {
  pairs = (pairs | pairs << 24) & 0x000000ff000000ffu;
  pairs = (pairs | pairs << 12) & 0x000f000f000f000fu;
  return (pairs | pairs << 6) & 0x0303030303030303u;
}

struct Q10 {
  static constexpr size_t kBytes = 18;
  static constexpr std::array<size_t, 1> kHalves = {0};
  static void Read(const uint8_t* block, RowOut& out) {
    for (size_t i = 0; i < 16; ++i) {
      const uint64_t eight = SpreadByte(block[2 + i]);
      std::memcpy(out.codes + 8 * i, &eight, 8);
    }
    out.codes += 128;
    *out.scales++ = LoadHalf(block);
  }
};

struct Q20 {
  static constexpr size_t kBytes = 18;
  static constexpr std::array<size_t, 1> kHalves = {0};
  static void Read(const uint8_t* block, RowOut& out) {
    for (size_t i = 0; i < 8; ++i) {
      const uint64_t eight = SpreadPairs(LoadHalfBits(block + 2 + 2 * i));
      std::memcpy(out.codes + 8 * i, &eight, 8);
    }
    out.codes += 64;
    *out.scales++ = LoadHalf(block);
  }
};

// A byte is a fraction of 256 in base 3: times 3^n, its next digit is what three times it carries.
struct TQ10 {
  static constexpr size_t kBytes = 54;
  static constexpr std::array<size_t, 1> kHalves = {52};
  static void Read(const uint8_t* block, RowOut& out) {
    ReadDigits<32, 5>(block, out.codes);
    ReadDigits<16, 5>(block + 32, out.codes + 160);
    ReadDigits<4, 4>(block + 48, out.codes + 240);
    out.codes += 256;
    *out.scales++ = LoadHalf(block + 52);
  }

  template <size_t kCount, size_t kDigits>
  static void ReadDigits(const uint8_t* from, uint8_t* codes) {
    unsigned power = 1;
    for (size_t n = 0; n < kDigits; ++n, power *= 3) {
      MapWords<kCount, uint8_t>(from, codes + n * kCount, [power](uint8_t byte) {
        const auto rest = static_cast<uint8_t>(byte * power);
        return static_cast<uint16_t>(rest * 3) >> 8;
      });
    }
  }
};

struct TQ20 {
  static constexpr size_t kBytes = 66;
  static constexpr std::array<size_t, 1> kHalves = {64};
  static void Read(const uint8_t* block, RowOut& out) {
    ReadPairs(block, out.codes);
    out.codes += 256;
    *out.scales++ = LoadHalf(block + 64);
  }
};

constexpr WeightInfo Info(WeightFormat format, uint32_t group) {
  WeightInfo info;
  info.format = format;
  info.scale = Elem::kF16;
  info.group = group;
  return info;
}

constexpr GgufFormat kKinds[] = {
    {GgufType::kQ1_0, Info(WeightFormat::kInt1, 128), ReadBlocksOf<Q10>},
    {GgufType::kQ2_0, Info(WeightFormat::kTernary, 64), ReadBlocksOf<Q20>},
    {GgufType::kTq1_0, Info(WeightFormat::kTernary, 256), ReadBlocksOf<TQ10>},
    {GgufType::kTq2_0, Info(WeightFormat::kTernary, 256), ReadBlocksOf<TQ20>}};

}  // namespace

std::span<const GgufFormat> TernaryBlocks() noexcept { return kKinds; }

}  // namespace lutgemm::importing
