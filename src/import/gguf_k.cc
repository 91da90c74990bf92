// Q2_K to Q6_K: 256 weights that share an f16 factor d of integer scales, one for each 16 or 32
// weights. Q2_K, Q4_K and Q5_K subtract an integer minimum of the group times an f16 dmin.
//
//   Q2_K  16 bytes scale | min << 4 | 64 bytes | d | dmin
//   Q3_K  32 bytes third bits | 64 bytes | 12 bytes of 6-bit scales | d
//   Q4_K  d | dmin | 12 bytes of 6-bit scales and minima | 128 bytes
//   Q5_K  d | dmin | 12 bytes of 6-bit scales and minima | 32 bytes fifth bits | 128 bytes
//   Q6_K  128 bytes low nibbles | 64 bytes high bits | 16 signed scales | d
#include "import/gguf_blocks.h"

namespace lutgemm::importing {
namespace {

constexpr uint32_t kNibbles = 0x0f0f0f0fu, kPairs = 0x03030303u;

// Bytes as floats, through a function of the byte.
template <size_t kCount, class F>
void WriteBytes(const uint8_t (&bytes)[kCount], float*& to, F value) {
  for (size_t i = 0; i < kCount; ++i) to[i] = static_cast<float>(value(bytes[i]));
  to += kCount;
}

struct Q2K {
  static constexpr size_t kBytes = 84;
  static constexpr std::array<size_t, 2> kHalves = {80, 82};
  static void Read(const uint8_t* block, RowOut& out) {
    ReadPairs(block + 16, out.codes);
    out.codes += 256;
    uint8_t bytes[16];
    std::memcpy(bytes, block, 16);
    WriteBytes(bytes, out.scales, [](uint8_t byte) { return byte & 15; });
    WriteBytes(bytes, out.offsets, [](uint8_t byte) { return byte >> 4; });
    *out.factors++ = LoadHalf(block + 80);
    *out.offset_factors++ = -LoadHalf(block + 82);
  }
};

struct Q3K {
  static constexpr size_t kBytes = 110;
  static constexpr std::array<size_t, 1> kHalves = {108};
  static void Read(const uint8_t* block, RowOut& out) {
    ReadPairs(block + 32, out.codes);
    for (unsigned t = 0; t < 8; ++t) {
      AddBits(block, out.codes + 32 * t, {t, 1, 2});
    }
    out.codes += 256;
    ReadScales(block + 96, out.scales);
    *out.factors++ = LoadHalf(block + 108);
  }

  // Low nibbles of eight bytes hold the low four bits of scales 0 to 7, high nibbles those of 8 to
  // 15; four bytes of pairs hold the high bits of each fourth.
  static void ReadScales(const uint8_t* from, float*& scales) {
    const uint32_t a = LoadWord(from), b = LoadWord(from + 4), high = LoadWord(from + 8);
    const uint32_t words[4] = {(a & kNibbles) | (high & kPairs) << 4,
                               (b & kNibbles) | (high >> 2 & kPairs) << 4,
                               (a >> 4 & kNibbles) | (high >> 4 & kPairs) << 4,
                               (b >> 4 & kNibbles) | (high >> 6 & kPairs) << 4};
    uint8_t bytes[16];
    std::memcpy(bytes, words, 16);
    WriteBytes(bytes, scales, [](uint8_t byte) { return byte - 32; });
  }
};

// Scales and minima of Q4_K and Q5_K: eight of six bits each, the first four in the low bits of the
// first eight bytes, whose high bits are those of the last four.
void ReadSixBits(const uint8_t* block, RowOut& out) {
  const uint32_t a = LoadWord(block + 4), b = LoadWord(block + 8), c = LoadWord(block + 12);
  const uint32_t scales[2] = {a & 0x3f3f3f3fu, (c & kNibbles) | (a >> 6 & kPairs) << 4};
  const uint32_t minima[2] = {b & 0x3f3f3f3fu, (c >> 4 & kNibbles) | (b >> 6 & kPairs) << 4};
  uint8_t bytes[8];
  const auto same = [](uint8_t byte) { return byte; };
  std::memcpy(bytes, scales, 8);
  WriteBytes(bytes, out.scales, same);
  std::memcpy(bytes, minima, 8);
  WriteBytes(bytes, out.offsets, same);
  *out.factors++ = LoadHalf(block);
  *out.offset_factors++ = -LoadHalf(block + 2);
}

// Groups 2 t and 2 t + 1 share 32 bytes, low and high nibbles.
void ReadNibbleGroups(const uint8_t* from, uint8_t* codes) {
  for (size_t t = 0; t < 4; ++t) ReadNibbles<32>(from + 32 * t, codes + 64 * t);
}

struct Q4K {
  static constexpr size_t kBytes = 144;
  static constexpr std::array<size_t, 2> kHalves = {0, 2};
  static void Read(const uint8_t* block, RowOut& out) {
    ReadNibbleGroups(block + 16, out.codes);
    out.codes += 256;
    ReadSixBits(block, out);
  }
};

struct Q5K {
  static constexpr size_t kBytes = 176;
  static constexpr std::array<size_t, 2> kHalves = {0, 2};
  static void Read(const uint8_t* block, RowOut& out) {
    ReadNibbleGroups(block + 48, out.codes);
    for (unsigned t = 0; t < 8; ++t) {
      AddBits(block + 16, out.codes + 32 * t, {t, 1, 4});
    }
    out.codes += 256;
    ReadSixBits(block, out);
  }
};

struct Q6K {
  static constexpr size_t kBytes = 210;
  static constexpr std::array<size_t, 1> kHalves = {208};
  static void Read(const uint8_t* block, RowOut& out) {
    ReadHalf(block, block + 128, out.codes);
    ReadHalf(block + 64, block + 160, out.codes + 128);
    out.codes += 256;
    uint8_t bytes[16];
    std::memcpy(bytes, block + 192, 16);
    WriteBytes(bytes, out.scales, [](uint8_t byte) { return static_cast<int8_t>(byte); });
    *out.factors++ = LoadHalf(block + 208);
  }

  // 128 weights: four runs of 32 take low and high nibbles of 64 bytes and pairs of 32 bytes.
  static void ReadHalf(const uint8_t* low, const uint8_t* high, uint8_t* codes) {
    ReadNibbles<64>(low, codes);
    for (unsigned j = 0; j < 4; ++j) {
      AddBits(high, codes + 32 * j, {2 * j, 3, 4});
    }
  }
};

struct Shape {
  WeightFormat format;
  Elem scale;
  uint32_t group;
};
constexpr WeightInfo Info(const Shape& shape) {
  WeightInfo info;
  info.format = shape.format;
  info.scale = shape.scale;
  // Signed scales have no minima beside them.
  info.zero = shape.scale == Elem::kU8 ? ZeroKind::kFloat : ZeroKind::kNone;
  info.group = shape.group;
  info.super_group = 256;
  info.factor = Elem::kF16;
  return info;
}

constexpr GgufFormat kKinds[] = {
    {GgufType::kQ2_K, Info({WeightFormat::kInt2, Elem::kU8, 16}), ReadBlocksOf<Q2K>},
    {GgufType::kQ3_K, Info({WeightFormat::kInt3, Elem::kI8, 16}), ReadBlocksOf<Q3K>},
    {GgufType::kQ4_K, Info({WeightFormat::kInt4, Elem::kU8, 32}), ReadBlocksOf<Q4K>},
    {GgufType::kQ5_K, Info({WeightFormat::kInt5, Elem::kU8, 32}), ReadBlocksOf<Q5K>},
    {GgufType::kQ6_K, Info({WeightFormat::kInt6, Elem::kI8, 16}), ReadBlocksOf<Q6K>}};

}  // namespace

std::span<const GgufFormat> KBlocks() noexcept { return kKinds; }

}  // namespace lutgemm::importing
