// The closed, numbered list of packed layouts: geometry (made in geometry.h) and one address
// formula each. Pack, unpack, kernels and the hardware model all use these; docs/layouts.md
// explains them.
//
// A blob is a row of sections, each but the scales 64-byte aligned; the last four are empty for
// ints without super-groups and ternary:
// codes | scales | zeros | factors | offset factors | selectors | codebook.
//   codes      strip after strip; a strip holds all of K for `strip` neighbouring outputs
//   scales     [strip][group][output in strip] of info.scale; one element for kWholeTensor
//   zeros      same order: u8 zero points (kInteger) or offsets c of info.scale (kFloat; with
//              super-groups a byte each)
//   factors    second-level scales: [strip][super-group][output in strip] of info.factor; without
//              super-groups f32, [strip][output in strip] (kU8), or one (kE4m3)
//   offset factors  in the order of factors: what offsets of super-groups are multiplied by
//   selectors  [strip][group][8 bytes]: two bits per output, output 0 in the lowest
//   codebook   four tables of 16 int8, indexed by stored codes; then unit f32, codes u8, tables u8
// Outputs past N and k past a group's end hold zero bits and zero scales.
#ifndef LUTGEMM_LAYOUT_LAYOUT_H_
#define LUTGEMM_LAYOUT_LAYOUT_H_

#include <lutgemm/weights.hpp>

#include <cstddef>
#include <cstdint>

namespace lutgemm::layout {

inline constexpr size_t kSlice = 16;  // k per slice, the unit of K in kPlanes and kCodes
inline constexpr size_t kCell = 64;   // bytes: one plane of 32 outputs x one slice
inline constexpr size_t kTritsPerByte = 5;

// How K is laid out: every group is padded to whole slices, so that no slice has two scales.
struct KSpace {
  size_t k = 0;
  size_t group = 0;  // k per full group
  size_t groups = 0;
  size_t group_slices = 0;  // slices per full group
  size_t slices = 0;        // of all groups; the last group may have fewer
  size_t supers = 1;        // super-groups; 1 where there are none
  size_t super_length = 0;  // groups of a full super-group; 0 where there are none

  size_t padded_k() const { return slices * kSlice; }
  // Position of k in padded space.
  size_t At(size_t kk) const { return (kk / group) * group_slices * kSlice + kk % group; }
};

struct Geometry {
  LayoutId layout = LayoutId::kDefault;
  size_t strip = 0;  // outputs per strip: 32, or 64 for kTrits
  size_t strips = 0;
  size_t planes = 0;  // cells per slice: kPlanes bits of a code, kCodes 4; 0 for kTrits
  KSpace ks;
  size_t quints = 0;       // kTrits: bytes per output, ceil(K / 5)
  size_t strip_bytes = 0;  // codes of one strip
  size_t code_bytes = 0;
  size_t scale_offset = 0;
  size_t scale_bytes = 0;
  size_t zero_offset = 0;
  size_t zero_bytes = 0;
  size_t factor_offset = 0;
  size_t factor_bytes = 0;
  size_t offset_factor_offset = 0;
  size_t offset_factor_bytes = 0;
  size_t selector_offset = 0;
  size_t selector_bytes = 0;
  size_t book_offset = 0;
  size_t book_bytes = 0;
  size_t total_bytes = 0;

  // Place of a scale or zero within its section.
  size_t ScaleAt(size_t output, size_t g) const {
    return (output / strip * ks.groups + g) * strip + output % strip;
  }
  // Place of a factor of a super-group within its section, and of the offsets' one.
  size_t FactorAt(size_t output, size_t super) const {
    return (output / strip * ks.supers + super) * strip + output % strip;
  }
  // Byte and first bit of a selector within its section.
  size_t SelectorByte(size_t output, size_t g) const {
    return (output / strip * ks.groups + g) * (strip / 4) + output % strip / 4;
  }
  static unsigned SelectorBit(size_t output) { return static_cast<unsigned>(output % 4 * 2); }
};

// The codebook section.
inline constexpr size_t kBookTables = 64;                   // bytes of the four tables
inline constexpr size_t kBookUnit = kBookTables;            // f32
inline constexpr size_t kBookCodes = kBookTables + 4;       // u8
inline constexpr size_t kBookTableCount = kBookTables + 5;  // u8
inline constexpr size_t kBookBytes = 128;

// kPlanes: byte and bit of plane p of the code at (output in strip, padded k).
//   [slice][plane][output % 16][nibble j = k / 4 % 4], output < 16 in the low nibble, else the high
struct BitAddress {
  size_t byte;
  unsigned bit;
};
constexpr BitAddress PlanesAt(size_t planes, size_t output, size_t padded_k, size_t plane) {
  const size_t slice = padded_k / kSlice;
  const size_t in = padded_k % kSlice;
  return {(slice * planes + plane) * kCell + (output % 16) * 4 + in / 4,
          static_cast<unsigned>(in % 4 + (output / 16) * 4)};
}

// kCodes: byte and first bit of the nibble at (output in strip, padded k).
//   [slice][output / 16][k / 8 % 2][output % 16][k % 4], k % 8 < 4 in the low nibble, else the high
constexpr BitAddress CodesAt(size_t output, size_t padded_k) {
  const size_t slice = padded_k / kSlice;
  const size_t in = padded_k % kSlice;
  return {((slice * 2 + output / 16) * 2 + in / 8) * kCell + (output % 16) * 4 + in % 4,
          static_cast<unsigned>((in / 4 % 2) * 4)};
}

// kTrits: the byte of (output in strip, quint): [quint][output].
constexpr size_t TritsAt(size_t output, size_t quint) { return quint * 64 + output; }

// A quint v = sum of t_i * 3^(4-i), t_0 the digit of the lowest k, -121 <= v <= 121. Its byte is
// (v >= 0 ? 128 : 0) | TritPosition(|v|): a position is where v lies on the scale of base-3
// fractions, floor((2 (v + 121) + 1) * 128 / 243) - 128, so that both a 128-entry table and five
// multiplications by 3 decode it. Zero is 128.
constexpr unsigned TritPosition(unsigned magnitude) {
  return (2 * (magnitude + 121) + 1) * 128 / 243 - 128;
}
constexpr uint8_t TritByte(int v) {
  return v >= 0 ? static_cast<uint8_t>(128 + TritPosition(static_cast<unsigned>(v)))
                : static_cast<uint8_t>(TritPosition(static_cast<unsigned>(-v)));
}
// Digit i (0, 1, 2) of a byte, first digit = lowest k.
constexpr unsigned TritDigit(uint8_t byte, unsigned i) {
  constexpr unsigned kPow[5] = {1, 3, 9, 27, 81};
  const unsigned straight = byte >= 128 ? byte : 127u - byte;
  return ((2 * straight + 1) * kPow[i] % 512) * 3 / 512;
}

}  // namespace lutgemm::layout

#endif  // LUTGEMM_LAYOUT_LAYOUT_H_
