// Codes of one strip, both ways. Packing works on words of eight codes and whole cells.
#include "layout/pack_codes.h"

#include "base/bits.h"
#include "base/scale_index.h"
#include "format/bitmod.h"
#include "layout/row_codes.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <vector>

namespace lutgemm::layout {
namespace {

// Rows of a strip from `row` on that exist.
size_t RowsOf(const QuantizedMatrix& matrix, const Geometry& g, size_t row) {
  return std::min(matrix.info.n - row, g.strip);
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
  size_t s = 0;
  for (size_t begin = 0; begin < ks.k; begin += ks.group) {
    const size_t end = std::min(begin + ks.group, ks.k);
    for (size_t k = begin; k < end; k += kSlice) f(s++, k, std::min(end - k, kSlice));
  }
}

// Slices of a row that are read before the next row's. Rows often lie a power of two apart, in one
// set of a cache: one slice of each in turn would read every line from the next cache four times.
constexpr size_t kSliceTurn = 4;
struct Slice {
  size_t at, k, count;
};

// Calls f(slices) for all slices, kSliceTurn at a time.
template <class F>
void ForEachTurn(const KSpace& ks, F f) {
  Slice turn[kSliceTurn];
  size_t held = 0;
  ForEachSlice(ks, [&](size_t s, size_t k, size_t count) {
    turn[held++] = {s, k, count};
    if (held < kSliceTurn) return;
    f(std::span<const Slice>(turn));
    held = 0;
  });
  if (held != 0) f(std::span<const Slice>(turn, held));
}

// Ternary codes 0, 1, 2 become bits 00, 01, 11: two planes of equal weight.
SliceCodes TernaryBits(const SliceCodes& slice) {
  constexpr uint64_t kOnes = 0x0101010101010101u;
  return {slice.low + (slice.low >> 1 & kOnes), slice.high + (slice.high >> 1 & kOnes)};
}

// A slice of 32 outputs: word [j][o] holds codes 4 j to 4 j + 3 of output o, or 16 + o. Then, with
// bits for codes, their planes: byte p of `low` is the cell's byte of plane p, of `high` that of
// 4 + p.
struct SliceWords {
  static constexpr size_t kWords = 64;
  uint32_t low[kWords] = {}, high[kWords] = {};

  static void Set(uint32_t* words, size_t o, const SliceCodes& slice) {
    words[o] = static_cast<uint32_t>(slice.low);
    words[16 + o] = static_cast<uint32_t>(slice.low >> 32);
    words[32 + o] = static_cast<uint32_t>(slice.high);
    words[48 + o] = static_cast<uint32_t>(slice.high >> 32);
  }
};

// Four bytes as two squares of four by four bits, of their low and of their high nibbles: swaps
// rows with columns in both.
uint32_t TransposeNibbles(uint32_t bytes) {
  const uint32_t pairs = (bytes ^ bytes >> 7) & 0x00aa00aau;
  bytes ^= pairs ^ pairs << 7;
  const uint32_t fours = (bytes ^ bytes >> 14) & 0x0000ccccu;
  return bytes ^ fours ^ fours << 14;
}

void CodesToPlanes(SliceWords& words) {
  constexpr uint32_t kLow = 0x0f0f0f0fu;
  for (size_t i = 0; i < SliceWords::kWords; ++i) {
    const uint32_t first = TransposeNibbles(words.low[i]), second = TransposeNibbles(words.high[i]);
    words.low[i] = (first & kLow) | (second & kLow) << 4;
    words.high[i] = (first >> 4 & kLow) | (second & ~kLow);
  }
}

// Up to four cells of `words`: byte p of the four words of an output, one after the other.
void WriteCells(const uint32_t* words, size_t planes, uint8_t* cells) {
  constexpr uint32_t kEven = 0x00ff00ffu, kFirst = 0x0000ffffu;
  uint32_t to[4][16];
  for (size_t o = 0; o < 16; ++o) {
    const uint32_t a = words[o], b = words[16 + o], c = words[32 + o], d = words[48 + o];
    const uint32_t ab_even = (a & kEven) | (b & kEven) << 8,
                   ab_odd = (a >> 8 & kEven) | (b & ~kEven);
    const uint32_t cd_even = (c & kEven) | (d & kEven) << 8,
                   cd_odd = (c >> 8 & kEven) | (d & ~kEven);
    to[0][o] = (ab_even & kFirst) | cd_even << 16;
    to[1][o] = (ab_odd & kFirst) | cd_odd << 16;
    to[2][o] = ab_even >> 16 | (cd_even & ~kFirst);
    to[3][o] = ab_odd >> 16 | (cd_odd & ~kFirst);
  }
  for (size_t p = 0; p < planes; ++p) std::memcpy(cells + p * kCell, to[p], kCell);
}

// rows[o]: the codes of output o, or null.
void PackPlanes(const uint8_t* const* rows, const Geometry& g, bool ternary, uint8_t* strip) {
  ForEachTurn(g.ks, [&](std::span<const Slice> slices) {
    SliceWords words[kSliceTurn];
    for (size_t o = 0; o < 32; ++o) {
      for (size_t i = 0; i < slices.size() && rows[o] != nullptr; ++i) {
        const SliceCodes slice = LoadSlice(rows[o] + slices[i].k, slices[i].count);
        SliceWords::Set(o < 16 ? words[i].low : words[i].high, o % 16,
                        ternary ? TernaryBits(slice) : slice);
      }
    }
    for (size_t i = 0; i < slices.size(); ++i) {
      CodesToPlanes(words[i]);
      uint8_t* cells = strip + slices[i].at * g.planes * kCell;
      WriteCells(words[i].low, std::min<size_t>(g.planes, 4), cells);
      if (g.planes > 4) WriteCells(words[i].high, g.planes - 4, cells + 4 * kCell);
    }
  });
}

void PackNibbles(const uint8_t* const* rows, const Geometry& g, uint8_t* strip) {
  ForEachTurn(g.ks, [&](std::span<const Slice> slices) {
    for (size_t o = 0; o < 32; ++o) {
      for (size_t i = 0; i < slices.size() && rows[o] != nullptr; ++i) {
        const SliceCodes slice = LoadSlice(rows[o] + slices[i].k, slices[i].count);
        const size_t at = ((slices[i].at * 2 + o / 16) * 2) * kCell + o % 16 * 4;
        const auto low = static_cast<uint32_t>(slice.low | slice.low >> 28);
        const auto high = static_cast<uint32_t>(slice.high | slice.high >> 28);
        std::memcpy(strip + at, &low, 4);
        std::memcpy(strip + at + kCell, &high, 4);
      }
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

// Number of codes that the matrix may have.
unsigned CountOf(const QuantizedMatrix& matrix) {
  return matrix.book.codes != 0 ? unsigned{matrix.book.codes} : CodeCount(matrix.info.format);
}

// The strip's codes are in a cache when they are packed next.
bool AllAreCodes(const QuantizedMatrix& matrix, const Geometry& g, size_t row) {
  const size_t k = matrix.info.k;
  const std::span<const uint8_t> codes(matrix.codes.data() + row * k, RowsOf(matrix, g, row) * k);
  const unsigned count = CountOf(matrix);
  return count > 255 || LargestCode(codes) < count;
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

bool PackStripCodes(const QuantizedMatrix& matrix, const Geometry& g, const StripRows& at,
                    std::byte* blob) {
  if (!AllAreCodes(matrix, g, at.row)) return false;
  auto* strip = reinterpret_cast<uint8_t*>(blob) + at.strip * g.strip_bytes;
  std::array<std::vector<uint8_t>, 64> rooms;
  // Padding outputs hold zero bits, which for kTrits is not the zero code; their scales are zero.
  const uint8_t* rows[64] = {};
  for (size_t o = 0; o < RowsOf(matrix, g, at.row); ++o) {
    rows[o] = StoredCodes(matrix, at.row + o, rooms[o]);
  }
  switch (g.layout) {
    case LayoutId::kTrits:
      PackTrits(rows, g, strip);
      break;
    case LayoutId::kCodes:
      PackNibbles(rows, g, strip);
      break;
    default:
      PackPlanes(rows, g, matrix.info.format == WeightFormat::kTernary, strip);
  }
  return true;
}

bool UnpackStripCodes(const std::byte* blob, const Geometry& g, size_t s, QuantizedMatrix& matrix) {
  const unsigned count = CountOf(matrix);
  unsigned largest = 0;
  const size_t first = s * g.strip;
  for (size_t row = first; row < first + RowsOf(matrix, g, first); ++row) {
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
