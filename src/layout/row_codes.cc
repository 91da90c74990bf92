#include "layout/row_codes.h"

#include "base/bits.h"

#include <array>
#include <cstring>

namespace lutgemm::layout {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101u;

// Four bits of each half, in its lowest bits, as four bytes each: the product moves copies of the
// nibble by 7 bits each, so that bit i of copy i lies at bit 8 i.
constexpr uint64_t SpreadNibbles(uint64_t halves) { return halves * 0x00204081u & kOnes; }

// The digits of every byte of quints, the first in the lowest byte.
constexpr std::array<uint64_t, 256> kDigits = [] {
  std::array<uint64_t, 256> digits{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (unsigned i = 0; i < kTritsPerByte; ++i) {
      digits[byte] |= uint64_t{TritDigit(static_cast<uint8_t>(byte), i)} << 8 * i;
    }
  }
  return digits;
}();

uint32_t LoadWord(const uint8_t* from) {
  uint32_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// Plane bits 00, 01 and 11 as codes 0, 1 and 2; 10 is no code and becomes 3.
uint64_t TernaryCodes(uint64_t bits) {
  const uint64_t low = bits & kOnes, high = bits >> 1 & kOnes;
  return low + high + 2 * (high & ~low);
}

}  // namespace

RowCodes::RowCodes(const std::byte* blob, const Geometry& geometry, WeightFormat format, size_t row)
    : g_(geometry),
      ternary_(format == WeightFormat::kTernary),
      output_(row % geometry.strip),
      strip_(reinterpret_cast<const uint8_t*>(blob) + row / geometry.strip * geometry.strip_bytes) {
}

void RowCodes::Read(size_t k, size_t count, uint8_t* codes) const {
  if (g_.layout == LayoutId::kTrits) {
    return ReadTrits(k / kTritsPerByte, base::CeilDiv(count, kTritsPerByte), codes);
  }
  const size_t slice = g_.ks.At(k) / kSlice, slices = base::CeilDiv(count, kSlice);
  if (g_.layout == LayoutId::kCodes) return ReadNibbles(slice, slices, codes);
  ReadPlanes(slice, slices, codes);
}

// See PlanesAt.
void RowCodes::ReadPlanes(size_t slice, size_t slices, uint8_t* codes) const {
  const size_t planes = g_.planes;
  const uint8_t* cells = strip_ + slice * planes * kCell + output_ % 16 * 4;
  const unsigned shift = output_ < 16 ? 0 : 4;
  for (size_t s = 0; s < slices; ++s) {
    uint64_t low = 0, high = 0;
    for (size_t p = 0; p < planes; ++p, cells += kCell) {
      const uint64_t nibbles = LoadWord(cells) >> shift & 0x0f0f0f0fu;
      low |= SpreadNibbles((nibbles & 15) | (nibbles >> 8 & 15) << 32) << p;
      high |= SpreadNibbles((nibbles >> 16 & 15) | (nibbles >> 24) << 32) << p;
    }
    if (ternary_) low = TernaryCodes(low), high = TernaryCodes(high);
    std::memcpy(codes + s * kSlice, &low, 8);
    std::memcpy(codes + s * kSlice + 8, &high, 8);
  }
}

// See CodesAt.
void RowCodes::ReadNibbles(size_t slice, size_t slices, uint8_t* codes) const {
  const uint8_t* cells = strip_ + (slice * 2 + output_ / 16) * 2 * kCell + output_ % 16 * 4;
  for (size_t s = 0; s < slices; ++s, cells += 4 * kCell) {
    for (size_t half = 0; half < 2; ++half) {
      const uint64_t word = LoadWord(cells + half * kCell);
      const uint64_t eight = (word & 0x0f0f0f0fu) | (word >> 4 & 0x0f0f0f0fu) << 32;
      std::memcpy(codes + s * kSlice + half * 8, &eight, 8);
    }
  }
}

void RowCodes::ReadTrits(size_t quint, size_t quints, uint8_t* codes) const {
  for (size_t i = 0; i < quints; ++i) {
    const uint64_t digits = kDigits[strip_[TritsAt(output_, quint + i)]];
    std::memcpy(codes + i * kTritsPerByte, &digits, 8);
  }
}

}  // namespace lutgemm::layout
