#include "model/tlmm/trits.h"

#include "base/bits.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace lutgemm::model::tlmm {
namespace {

constexpr std::string_view kNames[kEncodings] = {"index", "tl1", "tl2", "byte5"};
constexpr size_t kSignsPerWord = 16;

// Bytes of one row of `groups` groups.
size_t RowBytes(Encoding encoding, unsigned group, size_t groups) {
  switch (encoding) {
    case Encoding::kIndex:
      return base::CeilDiv(groups * IndexBits(group), 8);
    case Encoding::kTl1:
      return base::CeilDiv(groups, 2);
    case Encoding::kTl2:
      return base::CeilDiv(groups, 2) + 2 * base::CeilDiv(groups, kSignsPerWord);
    case Encoding::kByte5:
      return groups;
  }
  return 0;
}

// First group of a byte high.
unsigned NibbleShift(size_t g) { return g % 2 == 0 ? 4 : 0; }

// Where a group's sign bit lies among the sign words of a row, little-endian 16-bit words with the
// first group in the highest bit.
struct SignBit {
  size_t byte;
  unsigned bit;
};
SignBit SignAt(size_t groups, size_t g) {
  const auto bit = static_cast<unsigned>(kSignsPerWord - 1 - g % kSignsPerWord);
  return {base::CeilDiv(groups, 2) + 2 * (g / kSignsPerWord) + bit / 8, bit % 8};
}

int Byte5Index(uint8_t byte) {
  std::array<int8_t, 5> trits{};
  for (unsigned i = 0; i < 5; ++i) trits[i] = static_cast<int8_t>(Byte5Trit(byte, i));
  return SignedIndex(trits);
}

Status CheckTrits(std::span<const int8_t> trits, size_t n, size_t k, Encoding encoding,
                  unsigned group) {
  const unsigned only = GroupOf(encoding);
  if (group == 0 || group > kMaxGroup || (only != 0 && group != only)) {
    return base::MakeStatus(Code::kBadArgument, "groups of ", group, " trits: encoding ",
                            Name(encoding), " takes ",
                            only != 0 ? base::Cat(only) : base::Cat("1..", kMaxGroup));
  }
  size_t count = 0;
  if (n == 0 || k == 0 || !base::CheckedMul(n, k, &count) || count != trits.size()) {
    return base::MakeStatus(Code::kBadShape, trits.size(), " trits are not ", n, " x ", k);
  }
  const auto bad =
      std::find_if(trits.begin(), trits.end(), [](int8_t t) { return t < -1 || t > 1; });
  if (bad != trits.end()) {
    return base::MakeStatus(Code::kBadArgument, "trit ", bad - trits.begin(), " is ", int{*bad},
                            "; trits are -1, 0 and 1");
  }
  return {};
}

}  // namespace

std::string_view Name(Encoding encoding) noexcept { return kNames[static_cast<size_t>(encoding)]; }

unsigned GroupOf(Encoding encoding) {
  constexpr unsigned kGroups[kEncodings] = {0, 2, 3, 5};
  return kGroups[static_cast<size_t>(encoding)];
}

unsigned BitsPerGroup(Encoding encoding, unsigned group) {
  return encoding == Encoding::kTl2 ? 5 : IndexBits(group);  // 4 and 8 for kTl1 and kByte5
}

size_t PackedBytes(Encoding encoding, unsigned group, size_t n, size_t k) {
  return n * RowBytes(encoding, group, base::CeilDiv(k, group));
}

Result<TritMatrix> TritMatrix::Pack(std::span<const int8_t> trits, size_t n, size_t k,
                                    Encoding encoding, unsigned group) {
  if (Status bad = CheckTrits(trits, n, k, encoding, group); !bad.ok()) return bad;
  TritMatrix matrix;
  matrix.n_ = n;
  matrix.k_ = k;
  matrix.encoding_ = encoding;
  matrix.group_ = group;
  matrix.row_bytes_ = RowBytes(encoding, group, matrix.groups());
  matrix.bytes_.resize(n * matrix.row_bytes_);
  for (size_t output = 0; output < n; ++output) {
    for (size_t g = 0; g < matrix.groups(); ++g) {
      std::array<int8_t, kMaxGroup> padded{};
      const auto row = trits.subspan(output * k, k);
      const size_t take = std::min<size_t>(group, k - g * group);
      std::copy_n(row.begin() + static_cast<std::ptrdiff_t>(g * group), take, padded.begin());
      matrix.Put(output, g, SignedIndex(std::span(padded).first(group)));
    }
  }
  return matrix;
}

void TritMatrix::Put(size_t output, size_t g, int signed_index) {
  uint8_t* const row = bytes_.data() + output * row_bytes_;
  const auto index = static_cast<unsigned>(signed_index + static_cast<int>(MaxIndex(group_)));
  switch (encoding_) {
    case Encoding::kIndex: {
      const unsigned bits = IndexBits(group_);
      for (unsigned i = 0; i < bits; ++i) {
        const size_t at = g * bits + i;
        row[at / 8] = static_cast<uint8_t>(row[at / 8] | (index >> i & 1u) << at % 8);
      }
      return;
    }
    case Encoding::kTl1:
      row[g / 2] = static_cast<uint8_t>(row[g / 2] | index << NibbleShift(g));
      return;
    case Encoding::kTl2: {
      const auto magnitude = static_cast<unsigned>(std::abs(signed_index));
      row[g / 2] = static_cast<uint8_t>(row[g / 2] | magnitude << NibbleShift(g));
      const SignBit sign = SignAt(groups(), g);
      row[sign.byte] = static_cast<uint8_t>(row[sign.byte] | (signed_index < 0) << sign.bit);
      return;
    }
    case Encoding::kByte5:
      row[g] = Byte5Of(index);
      return;
  }
}

int TritMatrix::At(size_t output, size_t g) const {
  const uint8_t* const row = bytes_.data() + output * row_bytes_;
  const int zero = static_cast<int>(MaxIndex(group_));
  switch (encoding_) {
    case Encoding::kIndex: {
      const unsigned bits = IndexBits(group_);
      unsigned index = 0;
      for (unsigned i = 0; i < bits; ++i) {
        const size_t at = g * bits + i;
        index |= (row[at / 8] >> at % 8 & 1u) << i;
      }
      return static_cast<int>(index) - zero;
    }
    case Encoding::kTl1:
      return (row[g / 2] >> NibbleShift(g) & 15) - zero;
    case Encoding::kTl2: {
      const int magnitude = row[g / 2] >> NibbleShift(g) & 15;
      const SignBit sign = SignAt(groups(), g);
      return (row[sign.byte] >> sign.bit & 1) != 0 ? -magnitude : magnitude;
    }
    case Encoding::kByte5:
      return Byte5Index(row[g]);
  }
  return 0;
}

}  // namespace lutgemm::model::tlmm
