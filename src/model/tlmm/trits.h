// Groups of ternary weights as table indices, and the packings that store them.
//
// A group of G trits w_0..w_(G-1) has the index sum of (w_i + 1) * 3^(G-1-i), the first trit most
// significant; the signed index is that minus (3^G - 1) / 2. Negating all trits negates it, so half
// a table and a sign serve both.
#ifndef LUTGEMM_MODEL_TLMM_TRITS_H_
#define LUTGEMM_MODEL_TLMM_TRITS_H_

#include "base/bits.h"

#include <lutgemm/status.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lutgemm::model::tlmm {

inline constexpr unsigned kMaxGroup = 6;

constexpr unsigned Pow3(unsigned exponent) {
  unsigned power = 1;
  for (; exponent > 0; --exponent) power *= 3;
  return power;
}
// Signed index of the largest group, all +1: (3^G - 1) / 2. Also the plain index of the zero group.
constexpr unsigned MaxIndex(unsigned group) { return (Pow3(group) - 1) / 2; }
// Bits of a plain index: 2, 4, 5, 7, 8, 10 for G = 1..6.
constexpr unsigned IndexBits(unsigned group) {
  unsigned bits = 0;
  while ((1u << bits) < Pow3(group)) ++bits;
  return bits;
}

// Trits in -1, 0, 1.
constexpr int SignedIndex(std::span<const int8_t> trits) {
  int index = 0;
  for (const int8_t trit : trits) index = 3 * index + trit;
  return index;
}

// Five trits as a base-3 fraction of a byte, rounded up: q of 0..242 is ceil(256 q / 243). Its
// digits come back by multiplication with powers of 3. 13 bytes are never made.
constexpr uint8_t Byte5Of(unsigned q) { return static_cast<uint8_t>((256 * q + 242) / 243); }
constexpr int Byte5Trit(uint8_t byte, unsigned i) {
  constexpr unsigned kPow[5] = {1, 3, 9, 27, 81};
  return static_cast<int>((byte * kPow[i] % 256) * 3 / 256) - 1;
}

enum class Encoding : uint8_t {
  kIndex,  // plain indices of IndexBits(G) bits as a little-endian bit stream per row; any G
  kTl1,    // G = 2: plain index in a nibble, the first of a byte high
  kTl2,    // G = 3: |signed index| in a nibble, then per row sign bits, 16 to a word, first highest
  kByte5,  // G = 5: a byte as Byte5Of
};
inline constexpr size_t kEncodings = 4;
std::string_view Name(Encoding encoding) noexcept;  // "index", "tl1", "tl2", "byte5"
// Bits that one group takes, padding of rows apart.
unsigned BitsPerGroup(Encoding encoding, unsigned group);
// Bytes of packed weights: rows begin at whole bytes.
size_t PackedBytes(Encoding encoding, unsigned group, size_t n, size_t k);
// The one group length of an encoding, or 0: any.
unsigned GroupOf(Encoding encoding);

// Packed weights W[N][K]. The last group of a row is filled up with zero trits.
class TritMatrix {
 public:
  // kBadArgument where the encoding does not take groups of that length, or a trit is not -1, 0, 1;
  // kBadShape where the trits are not n * k.
  static Result<TritMatrix> Pack(std::span<const int8_t> trits, size_t n, size_t k,
                                 Encoding encoding, unsigned group);

  size_t n() const { return n_; }
  size_t k() const { return k_; }
  Encoding encoding() const { return encoding_; }
  unsigned group() const { return group_; }
  size_t groups() const { return base::CeilDiv(k_, group_); }  // per row
  std::span<const uint8_t> row(size_t output) const {
    return std::span(bytes_).subspan(output * row_bytes_, row_bytes_);
  }
  size_t bytes() const { return bytes_.size(); }

  // Signed index of group g of a row, decoded from the bytes.
  int At(size_t output, size_t g) const;

 private:
  void Put(size_t output, size_t g, int signed_index);

  size_t n_ = 0, k_ = 0, row_bytes_ = 0;
  Encoding encoding_ = Encoding::kIndex;
  unsigned group_ = 3;
  std::vector<uint8_t> bytes_;
};

}  // namespace lutgemm::model::tlmm

#endif  // LUTGEMM_MODEL_TLMM_TRITS_H_
