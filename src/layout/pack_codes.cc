// Codes of one strip, both ways. Packing works on words of eight codes and whole cells.
#include "layout/pack_codes.h"

#include "base/bits.h"
#include "base/scale_index.h"
#include "format/bitmod.h"
#include "layout/row_codes.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace lutgemm::layout {
namespace {

// Rows of the strip that exist.
size_t RowsOf(const QuantizedMatrix& matrix, const Geometry& g, size_t s) {
  const size_t first = s * g.strip;
  return matrix.info.n - first < g.strip ? matrix.info.n - first : g.strip;
}

// Sixteen codes of a row as two little-endian words; codes past `count` are zero.
struct SliceCodes {
  uint64_t low = 0, high = 0;
};
SliceCodes LoadSlice(const uint8_t* codes, size_t count) {
  SliceCodes slice;
  if (count >= kSlice) {
    std::memcpy(&slice.low, codes, 8);
    std::memcpy(&slice.high, codes + 8, 8);
  } else {
    uint8_t padded[kSlice] = {};
    std::memcpy(padded, codes, count);
    std::memcpy(&slice.low, padded, 8);
    std::memcpy(&slice.high, padded + 8, 8);
  }
  return slice;
}

// Calls f(slice, first k, count of k <= 16) for every slice.
template <class F>
void ForEachSlice(const KSpace& ks, F f) {
  for (size_t s = 0; s < ks.slices; ++s) {
    const size_t group = s / ks.group_slices;
    const size_t k = group * ks.group + s % ks.group_slices * kSlice;
    const size_t end = (group + 1) * ks.group < ks.k ? (group + 1) * ks.group : ks.k;
    f(s, k, end - k < kSlice ? end - k : kSlice);
  }
}

// Bit 0 of each byte, gathered: the product moves byte i's bit to bit 56 + i.
uint32_t GatherBits(uint64_t word) {
  return static_cast<uint32_t>((word & 0x0101010101010101u) * 0x0102040810204080u >> 56);
}

// Sixteen bits of plane p, four to a byte.
uint32_t PlaneNibbles(const SliceCodes& slice, size_t p) {
  const uint32_t low = GatherBits(slice.low >> p), high = GatherBits(slice.high >> p);
  return (low & 15) | (low >> 4) << 8 | (high & 15) << 16 | (high >> 4) << 24;
}

// Ternary codes 0, 1, 2 become bits 00, 01, 11: two planes of equal weight.
SliceCodes TernaryBits(const SliceCodes& slice) {
  constexpr uint64_t kOnes = 0x0101010101010101u;
  return {slice.low + (slice.low >> 1 & kOnes), slice.high + (slice.high >> 1 & kOnes)};
}

// rows[o]: the codes of output o, or null.
void PackPlanes(const uint8_t* const* rows, const Geometry& g, bool ternary, uint8_t* strip) {
  ForEachSlice(g.ks, [&](size_t s, size_t k, size_t count) {
    const auto load = [&](const uint8_t* row) {
      const SliceCodes slice = row == nullptr ? SliceCodes{} : LoadSlice(row + k, count);
      return ternary ? TernaryBits(slice) : slice;
    };
    uint8_t* cells = strip + s * g.planes * kCell;
    for (size_t o = 0; o < 16; ++o) {
      const SliceCodes low = load(rows[o]), high = load(rows[o + 16]);
      for (size_t p = 0; p < g.planes; ++p) {
        const uint32_t four = PlaneNibbles(low, p) | PlaneNibbles(high, p) << 4;
        std::memcpy(cells + p * kCell + o * 4, &four, 4);
      }
    }
  });
}

void PackNibbles(const uint8_t* const* rows, const Geometry& g, uint8_t* strip) {
  ForEachSlice(g.ks, [&](size_t s, size_t k, size_t count) {
    for (size_t o = 0; o < 32; ++o) {
      if (rows[o] == nullptr) continue;
      const SliceCodes slice = LoadSlice(rows[o] + k, count);
      const size_t at = ((s * 2 + o / 16) * 2) * kCell + o % 16 * 4;
      const auto low = static_cast<uint32_t>(slice.low | slice.low >> 28);
      const auto high = static_cast<uint32_t>(slice.high | slice.high >> 28);
      std::memcpy(strip + at, &low, 4);
      std::memcpy(strip + at + kCell, &high, 4);
    }
  });
}

// Bytes of all quints by v + 121.
constexpr std::array<uint8_t, 243> kTritBytes = [] {
  std::array<uint8_t, 243> bytes{};
  for (int v = -121; v <= 121; ++v) bytes[static_cast<size_t>(v + 121)] = TritByte(v);
  return bytes;
}();

// v + 121 of five codes. Byte 4 of the product is the sum of codes times places, and no byte below
// it overflows.
size_t QuintOf(const uint8_t* codes, size_t count) {
  uint64_t five = 0x0101010101;  // digit 0 past the end
  if (count >= 8) {
    std::memcpy(&five, codes, 8);
    five &= 0xffffffffff;
  } else {
    std::memcpy(&five, codes, count < kTritsPerByte ? count : kTritsPerByte);
  }
  return five * (81ull << 32 | 27ull << 24 | 9ull << 16 | 3ull << 8 | 1ull) >> 32 & 255;
}

// Quints of a row that are packed before the next row's: rows often lie a power of two apart, in
// one set of a cache, and 64 of them in turn would read each line from the next cache many times.
constexpr size_t kTurn = 16;

void PackTrits(const uint8_t* const* rows, const Geometry& g, uint8_t* strip) {
  for (size_t i = 0; i < base::CeilDiv(g.quints, kTurn) * 64; ++i) {
    const size_t o = i % 64, begin = i / 64 * kTurn;
    if (rows[o] == nullptr) continue;
    const size_t end = begin + kTurn < g.quints ? begin + kTurn : g.quints;
    for (size_t quint = begin; quint < end; ++quint) {
      const size_t k = quint * kTritsPerByte;
      strip[TritsAt(o, quint)] = kTritBytes[QuintOf(rows[o] + k, g.ks.k - k)];
    }
  }
}

// A map of three bits as an exclusive or of products of them: entry i belongs to the product of i's
// bits. Compilers make vectors of bytes of it, which a table they do not.
std::array<uint8_t, 8> ProductsOf(std::array<uint8_t, 8> map) {
  for (size_t bit = 1; bit < 8; bit *= 2) {
    for (size_t i = 0; i < 8; ++i) map[i] ^= (i & bit) != 0 ? map[i ^ bit] : uint8_t{0};
  }
  return map;
}
void MapThreeBits(const std::array<uint8_t, 8>& map, const uint8_t* codes, size_t count,
                  uint8_t* to) {
  const std::array<uint8_t, 8> p = ProductsOf(map);
  for (size_t k = 0; k < count; ++k) {
    const auto all = [](int bit) { return static_cast<uint8_t>(-(bit & 1)); };
    const uint8_t a = all(codes[k]), b = all(codes[k] >> 1), c = all(codes[k] >> 2);
    to[k] = static_cast<uint8_t>(p[0] ^ (p[1] & a) ^ (p[2] & b) ^ (p[3] & a & b) ^ (p[4] & c) ^
                                 (p[5] & a & c) ^ (p[6] & b & c) ^ (p[7] & a & b & c));
  }
}

// The codes of a row as they are stored: those of 3-bit BitMoD in the order of their planes.
const uint8_t* StoredCodes(const QuantizedMatrix& matrix, size_t row, std::vector<uint8_t>& room) {
  const WeightInfo& info = matrix.info;
  const uint8_t* codes = matrix.codes.data() + row * info.k;
  if (info.format != WeightFormat::kBitmod3) return codes;
  room.resize(info.k);
  for (size_t group = 0; group < info.groups(); ++group) {
    const auto& planes =
        format::kBitMod3Planes[matrix.selectors[base::ScaleIndex(info, row, group)]];
    const size_t begin = info.group_begin(group);
    MapThreeBits(planes, codes + begin, info.group_end(group) - begin, room.data() + begin);
  }
  return room.data();
}

// The inverse, in place.
void CodesOfStored(QuantizedMatrix& matrix, size_t row) {
  const WeightInfo& info = matrix.info;
  if (info.format != WeightFormat::kBitmod3) return;
  uint8_t* codes = matrix.codes.data() + row * info.k;
  for (size_t group = 0; group < info.groups(); ++group) {
    const auto& planes =
        format::kBitMod3Planes[matrix.selectors[base::ScaleIndex(info, row, group)]];
    uint8_t code_of[8];
    for (uint8_t code = 0; code < 8; ++code) code_of[planes[code]] = code;
    for (size_t k = info.group_begin(group); k < info.group_end(group); ++k) {
      codes[k] = code_of[codes[k]];
    }
  }
}

}  // namespace

void PackStripCodes(const QuantizedMatrix& matrix, const Geometry& g, size_t s, std::byte* blob) {
  auto* strip = reinterpret_cast<uint8_t*>(blob) + s * g.strip_bytes;
  std::array<std::vector<uint8_t>, 64> rooms;
  // Padding outputs hold zero bits, which for kTrits is not the zero code; their scales are zero.
  const uint8_t* rows[64] = {};
  for (size_t o = 0; o < RowsOf(matrix, g, s); ++o) {
    rows[o] = StoredCodes(matrix, s * g.strip + o, rooms[o]);
  }
  switch (g.layout) {
    case LayoutId::kTrits:
      return PackTrits(rows, g, strip);
    case LayoutId::kCodes:
      return PackNibbles(rows, g, strip);
    default:
      return PackPlanes(rows, g, matrix.info.format == WeightFormat::kTernary, strip);
  }
}

bool UnpackStripCodes(const std::byte* blob, const Geometry& g, size_t s, QuantizedMatrix& matrix) {
  const unsigned count =
      matrix.book.codes != 0 ? unsigned{matrix.book.codes} : CodeCount(matrix.info.format);
  unsigned largest = 0;
  for (size_t row = s * g.strip; row < s * g.strip + RowsOf(matrix, g, s); ++row) {
    const RowCodes stored(blob, g, matrix.info.format, row);
    uint8_t* codes = matrix.codes.data() + row * matrix.info.k;
    ForEachRun(g.ks, [&](size_t, size_t k, size_t length) {
      uint8_t run[kCodeRunBytes];
      stored.Read(k, length, run);
      largest = std::max<unsigned>(largest, LargestCode({run, length}));
      std::memcpy(codes + k, run, length);
    });
    if (largest >= count) return false;
    CodesOfStored(matrix, row);
  }
  return true;
}

}  // namespace lutgemm::layout
