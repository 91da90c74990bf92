// Integers of compressed-tensors: rows packed in words along K, and plain bytes.
#ifndef LUTGEMM_IMPORT_PACKED_INTS_H_
#define LUTGEMM_IMPORT_PACKED_INTS_H_

#include "import/tensors.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lutgemm::importing {

// q' and z' of value = s * (q' - z') are signed; stored is q' + 2^(bits-1), in plain bytes q'.
struct PackedInts {
  WeightInfo info;
  const FileTensor* codes = nullptr;
  const FileTensor* scales = nullptr;
  const FileTensor* zeros = nullptr;  // packed as columns where it is I32, else plain bytes
  unsigned bits = 4;
  size_t per_word = 0;  // codes of a word where they do not cross words; 0 for a stream of bits
  bool plain = false;   // codes are I8
  std::vector<uint32_t> order;
};

// The matrix `prefix` + "weight" whose codes are `prefix` + "weight_packed", I32, or "weight", I8.
Result<PackedInts> PlanOfInts(Parts& parts, const std::string& prefix, const FileTensor& codes);

Result<ImportedWeights> ReadInts(const PackedInts& packed, Threads* threads);

// Codes of words that hold per_word of them each, with bits left over, from the lowest bits on.
void SpreadWords(const PackedInts& packed, std::span<const std::byte> words,
                 std::span<uint8_t> out);

// Zero points of all groups, in the order of scales, or of the tensor; empty where there are none.
Result<std::vector<uint8_t>> ZerosOf(const PackedInts& packed);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_PACKED_INTS_H_
