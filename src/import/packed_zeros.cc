// Zero points of compressed-tensors.
#include "base/bits.h"
#include "import/packed_ints.h"
#include "import/spread.h"

#include <algorithm>

namespace lutgemm::importing {
namespace {

// Signed bytes in the order of scales.
Result<std::vector<uint8_t>> PlainZeros(const PackedInts& packed, size_t count) {
  const FileTensor& tensor = *packed.zeros;
  if (Status s = CheckTensor(tensor, {"I8"}, packed.scales->shape); !s.ok()) return s;
  const int middle = 1 << (packed.bits - 1);
  std::vector<uint8_t> zeros(count);
  for (size_t i = 0; i < count; ++i) {
    const int zero = static_cast<int8_t>(std::to_integer<uint8_t>(tensor.bytes[i]));
    if (zero < -middle || zero >= middle) {
      return Corrupt(tensor, "element ", i, " is ", zero, "; zero points of ", packed.bits,
                     " bits are ", -middle, " to ", middle - 1);
    }
    zeros[i] = static_cast<uint8_t>(zero + middle);
  }
  return zeros;
}

// Each group's zero points are a stream of bits down a column of words.
Result<std::vector<uint8_t>> PackedZeros(const PackedInts& packed) {
  const FileTensor& tensor = *packed.zeros;
  const size_t n = packed.info.n, groups = packed.info.groups();
  // Codes and zero points of a file are packed alike: crossing words, or not.
  const bool crossing = packed.per_word == 0;
  const size_t words =
      crossing ? base::CeilDiv(n * packed.bits, 32) : base::CeilDiv(n, packed.per_word);
  if (Status s = CheckTensor(tensor, {"I32"}, {words, groups}); !s.ok()) return s;
  std::vector<uint8_t> zeros(n * groups), of_group(n);
  std::vector<uint32_t> column(words);
  for (size_t g = 0; g < groups; ++g) {
    for (size_t w = 0; w < words; ++w)
      column[w] = Load32(tensor.bytes.data() + 4 * (w * groups + g));
    const auto stream = std::as_bytes(std::span(column));
    crossing ? SpreadBits(packed.bits, stream, of_group) : SpreadWords(packed, stream, of_group);
    for (size_t row = 0; row < n; ++row) zeros[row * groups + g] = of_group[row];
  }
  return zeros;
}

}  // namespace

Result<std::vector<uint8_t>> ZerosOf(const PackedInts& packed) {
  if (packed.zeros == nullptr) return std::vector<uint8_t>();
  const bool whole = packed.info.group == kWholeTensor;
  const bool plain = packed.zeros->dtype == "I8" || packed.plain || whole;
  if (plain) return PlainZeros(packed, whole ? 1 : packed.info.n * packed.info.groups());
  return PackedZeros(packed);
}

}  // namespace lutgemm::importing
