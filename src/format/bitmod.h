// BitMoD (HPCA 2025, Table IV): FP3 and FP4 whose redundant code "-0" is one of four special
// values, chosen per group. Extra resolution (ER) fills a gap inside the range, extra asymmetry
// (EA) reaches beyond it on one side.
//
//   bits  basic values                        special values ER+ ER- EA+ EA-   unit
//   3     0, 1, 2, 4 and negatives            +3 -3 +6 -6                      1
//   4     0, .5, 1, 1.5, 2, 3, 4, 6 and neg.  +5 -5 +8 -8                      1/2
//
// A code is sign | magnitude index; sign | 0 is the special value. Values here are integers in
// units of 1 (3 bits) and 1/2 (4 bits).
#ifndef LUTGEMM_FORMAT_BITMOD_H_
#define LUTGEMM_FORMAT_BITMOD_H_

#include "format/codebook.h"

#include <array>
#include <cstdint>

namespace lutgemm::format {

// The selector of a group, in the order in which the search tries them (the paper leaves the
// numbering open).
enum class BitModType : uint8_t { kErPlus = 0, kErMinus = 1, kEaPlus = 2, kEaMinus = 3 };
inline constexpr unsigned kBitModTypes = 4;

// Plane bits of a 3-bit code, one permutation of the codes per type, such that a group's integer is
// a sum of bits and of one bit product:
//   ER-  4 b2 + 2 b1 + b0 - 4 + (b2 & b1 & b0)        ER+  its negative
//   EA+  4 b2 - 4 b1 + 2 b0 - (b2 & b1)               EA-  its negative
constexpr int BitMod3PlaneValue(unsigned type, unsigned bits) {
  const int b0 = bits & 1, b1 = bits >> 1 & 1, b2 = bits >> 2 & 1;
  const bool extra_resolution = type < 2;
  const int value = extra_resolution ? 4 * b2 + 2 * b1 + b0 - 4 + (b2 & b1 & b0)
                                     : 4 * b2 - 4 * b1 + 2 * b0 - (b2 & b1);
  const bool negated = type == static_cast<unsigned>(BitModType::kErPlus) ||
                       type == static_cast<unsigned>(BitModType::kEaMinus);
  return negated ? -value : value;
}

// kBitMod3Planes[type][code] = plane bits.
inline constexpr std::array<std::array<uint8_t, 8>, kBitModTypes> kBitMod3Planes = [] {
  std::array<std::array<uint8_t, 8>, kBitModTypes> planes{};
  for (unsigned type = 0; type < kBitModTypes; ++type) {
    for (unsigned code = 0; code < 8; ++code) {
      for (unsigned bits = 0; bits < 8; ++bits) {
        if (BitMod3PlaneValue(type, bits) == FixedBook(WeightFormat::kBitmod3).values[type][code]) {
          planes[type][code] = static_cast<uint8_t>(bits);
        }
      }
    }
  }
  return planes;
}();

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_BITMOD_H_
