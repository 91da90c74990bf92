// Codes of one strip, both ways. Packing works on four codes at a time, read as one word.
#include "layout/pack_codes.h"

#include "format/bitmod.h"

#include <cstring>
#include <vector>

namespace lutgemm::layout {
namespace {

// Rows of the strip that exist.
size_t RowsOf(const QuantizedMatrix& matrix, const Geometry& g, size_t s) {
  const size_t first = s * g.strip;
  return matrix.info.n - first < g.strip ? matrix.info.n - first : g.strip;
}

// Up to four codes from `codes` as little-endian bytes of a word.
uint32_t Word(const uint8_t* codes, size_t count) {
  uint32_t word = 0;
  if (count >= 4) {
    std::memcpy(&word, codes, 4);
  } else {
    for (size_t i = 0; i < count; ++i) word |= uint32_t{codes[i]} << (8 * i);
  }
  return word;
}

// Bit 0 of each byte, gathered into a nibble: the product moves byte i's bit to bit 24 + i.
unsigned GatherBits(uint32_t word) { return ((word & 0x01010101u) * 0x01020408u) >> 24 & 0xfu; }

// Calls f(padded k, first code index, count <= 4) for every nibble of four k in a row.
template <class F>
void ForEachNibble(const KSpace& ks, F f) {
  for (size_t g = 0; g < ks.groups; ++g) {
    const size_t begin = g * ks.group;
    const size_t end = begin + ks.group < ks.k ? begin + ks.group : ks.k;
    size_t at = g * ks.group_slices * kSlice;
    for (size_t k = begin; k < end; k += 4, at += 4) f(at, k, end - k < 4 ? end - k : 4);
  }
}

void PackPlanes(const uint8_t* codes, const Geometry& g, size_t output, bool ternary,
                uint8_t* strip) {
  ForEachNibble(g.ks, [&](size_t at, size_t k, size_t count) {
    uint32_t word = Word(codes + k, count);
    // Ternary codes 0, 1, 2 become bits 00, 01, 11: two planes of equal weight.
    if (ternary) word = word + (word >> 1 & 0x01010101u);
    for (size_t p = 0; p < g.planes; ++p) {
      const BitAddress a = PlanesAt(g.planes, output, at, p);
      strip[a.byte] = static_cast<uint8_t>(strip[a.byte] | GatherBits(word >> p) << a.bit);
    }
  });
}

void PackNibbles(const uint8_t* codes, const Geometry& g, size_t output, uint8_t* strip) {
  ForEachNibble(g.ks, [&](size_t at, size_t k, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const BitAddress a = CodesAt(output, at + i);
      strip[a.byte] = static_cast<uint8_t>(strip[a.byte] | codes[k + i] << a.bit);
    }
  });
}

void PackTrits(const uint8_t* codes, const Geometry& g, size_t output, uint8_t* strip) {
  for (size_t quint = 0; quint < g.quints; ++quint) {
    int v = 0;
    for (size_t i = 0; i < kTritsPerByte; ++i) {
      const size_t k = quint * kTritsPerByte + i;
      v = v * 3 + (k < g.ks.k ? int{codes[k]} - 1 : 0);
    }
    strip[TritsAt(output, quint)] = TritByte(v);
  }
}

// The codes of a row as they are stored: those of 3-bit BitMoD in the order of their planes.
const uint8_t* StoredCodes(const QuantizedMatrix& matrix, size_t row, std::vector<uint8_t>& room) {
  const WeightInfo& info = matrix.info;
  const uint8_t* codes = matrix.codes.data() + row * info.k;
  if (info.format != WeightFormat::kBitmod3) return codes;
  room.resize(info.k);
  for (size_t group = 0; group < info.groups(); ++group) {
    const auto& planes = format::kBitMod3Planes[matrix.selectors[row * info.groups() + group]];
    for (size_t k = info.group_begin(group); k < info.group_end(group); ++k) {
      room[k] = planes[codes[k]];
    }
  }
  return room.data();
}

// The inverse, in place.
void CodesOfStored(QuantizedMatrix& matrix, size_t row) {
  const WeightInfo& info = matrix.info;
  if (info.format != WeightFormat::kBitmod3) return;
  uint8_t* codes = matrix.codes.data() + row * info.k;
  for (size_t group = 0; group < info.groups(); ++group) {
    const auto& planes = format::kBitMod3Planes[matrix.selectors[row * info.groups() + group]];
    uint8_t code_of[8];
    for (uint8_t code = 0; code < 8; ++code) code_of[planes[code]] = code;
    for (size_t k = info.group_begin(group); k < info.group_end(group); ++k) {
      codes[k] = code_of[codes[k]];
    }
  }
}

unsigned CodeAt(const Geometry& g, const uint8_t* strip, size_t output, size_t k, bool ternary) {
  if (g.layout == LayoutId::kTrits) {
    return TritDigit(strip[TritsAt(output, k / kTritsPerByte)],
                     static_cast<unsigned>(k % kTritsPerByte));
  }
  const size_t at = g.ks.At(k);
  if (g.layout == LayoutId::kCodes) {
    const BitAddress a = CodesAt(output, at);
    return strip[a.byte] >> a.bit & 15u;
  }
  unsigned code = 0;
  for (size_t p = 0; p < g.planes; ++p) {
    const BitAddress a = PlanesAt(g.planes, output, at, p);
    code |= (strip[a.byte] >> a.bit & 1u) << p;
  }
  if (ternary && code == 2) return ~0u;  // bits 10 are no ternary code
  return ternary ? (code & 1u) + (code >> 1) : code;
}

}  // namespace

void PackStripCodes(const QuantizedMatrix& matrix, const Geometry& g, size_t s, std::byte* blob) {
  auto* strip = reinterpret_cast<uint8_t*>(blob) + s * g.strip_bytes;
  const bool ternary = matrix.info.format == WeightFormat::kTernary;
  std::vector<uint8_t> room;
  // Padding outputs hold zero bits, which for kTrits is not the zero code; their scales are zero.
  for (size_t o = 0; o < RowsOf(matrix, g, s); ++o) {
    const uint8_t* codes = StoredCodes(matrix, s * g.strip + o, room);
    switch (g.layout) {
      case LayoutId::kTrits:
        PackTrits(codes, g, o, strip);
        break;
      case LayoutId::kCodes:
        PackNibbles(codes, g, o, strip);
        break;
      default:
        PackPlanes(codes, g, o, ternary, strip);
    }
  }
}

bool UnpackStripCodes(const std::byte* blob, const Geometry& g, size_t s, QuantizedMatrix& matrix) {
  const auto* strip = reinterpret_cast<const uint8_t*>(blob) + s * g.strip_bytes;
  const bool ternary = matrix.info.format == WeightFormat::kTernary;
  const unsigned count =
      matrix.book.codes != 0 ? unsigned{matrix.book.codes} : CodeCount(matrix.info.format);
  for (size_t o = 0; o < RowsOf(matrix, g, s); ++o) {
    uint8_t* codes = matrix.codes.data() + (s * g.strip + o) * matrix.info.k;
    for (size_t k = 0; k < matrix.info.k; ++k) {
      const unsigned code = CodeAt(g, strip, o, k, ternary);
      if (code >= count) return false;
      codes[k] = static_cast<uint8_t>(code);
    }
    CodesOfStored(matrix, s * g.strip + o);
  }
  return true;
}

}  // namespace lutgemm::layout
