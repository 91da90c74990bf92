// Tables of signed sums, the arithmetic of table lookup (LUT Tensor Core, ISCA 2025, sections 3.1.2
// and 3.1.3).
//
// A key holds one bit of each of k weights: bit 1 stands for +1, bit 0 for -1. Its sum is that of
// the k activations with these signs. A key and its complement have opposite sums (Eq 4), so that
// 2^(k-1) entries do: one activation, the sign element, is always subtracted in them. Weights are
// known beforehand, so keys are stored with the complement applied where it is needed (Eq 6):
// what is left to do at run time is to negate.
#ifndef LUTGEMM_FORMAT_TABLE_H_
#define LUTGEMM_FORMAT_TABLE_H_

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace lutgemm::format {

inline constexpr unsigned kMaxTableK = 8;  // activations per table

constexpr size_t TableSize(unsigned k) { return size_t{1} << (k - 1); }

// Which activation a bit of a key belongs to.
enum class BitOrder : uint8_t {
  kFirstLow,   // bit i: activation i; sign in bit 0. The library's layouts and the released RTL
  kFirstHigh,  // bit k-1-i: activation i; sign in the highest bit. The paper's text
};

constexpr unsigned BitOf(unsigned activation, unsigned k, BitOrder order) {
  return order == BitOrder::kFirstLow ? activation : k - 1 - activation;
}

// The key as it is stored, and back: complementing all but the sign bit is its own inverse.
constexpr unsigned StoredKey(unsigned key, unsigned k, BitOrder order = BitOrder::kFirstLow) {
  const unsigned sign = 1u << BitOf(0, k, order);
  const unsigned others = ((1u << k) - 1) ^ sign;
  return (key & sign) != 0 ? key ^ others : key;
}

// What a stored key reads: an entry, negated or not.
struct TableRead {
  unsigned entry = 0;
  bool negate = false;
};
constexpr TableRead ReadOf(unsigned stored, unsigned k, BitOrder order = BitOrder::kFirstLow) {
  const unsigned sign = 1u << BitOf(0, k, order);
  const unsigned entry = order == BitOrder::kFirstLow ? stored >> 1 : stored & (sign - 1);
  return {entry, (stored & sign) != 0};
}

// Entry number `entry` of the table of k activations: act[0] subtracted, the others by the entry's
// bits. T is a type that holds the sum exactly.
template <class T>
constexpr T TableEntry(const T* act, unsigned k, unsigned entry,
                       BitOrder order = BitOrder::kFirstLow) {
  const unsigned key = order == BitOrder::kFirstLow ? entry << 1 : entry;
  T sum = -act[0];
  for (unsigned i = 1; i < k; ++i) {
    sum += (key >> BitOf(i, k, order) & 1u) != 0 ? act[i] : -act[i];
  }
  return sum;
}

// Quantised tables (section 3.1.3). The paper leaves the rounding open; ours is symmetric, to
// nearest even. The largest magnitude of an entry is the sum of the activations' magnitudes, so
// the scale is known before the table. A scale of 0 stands for a table of zeros. Where a quotient
// is NaN the entry is 0, which a scale of infinity or NaN makes NaN again.
inline constexpr double kTableMax = 127.0;
constexpr float TableScale(double magnitude) { return static_cast<float>(magnitude / kTableMax); }
inline int8_t QuantisedEntry(double entry, float scale) {
  const double steps = std::nearbyint(entry / static_cast<double>(scale));
  if (scale == 0.0f || std::isnan(steps)) return 0;
  return static_cast<int8_t>(std::fmin(std::fmax(steps, -kTableMax), kTableMax));
}

}  // namespace lutgemm::format

#endif  // LUTGEMM_FORMAT_TABLE_H_
