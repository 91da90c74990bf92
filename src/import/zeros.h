// Zero points that are packed along the outputs, as those of GPTQ and AWQ are.
#ifndef LUTGEMM_IMPORT_ZEROS_H_
#define LUTGEMM_IMPORT_ZEROS_H_

#include <lutgemm/import.hpp>

#include <cstddef>
#include <cstdint>

namespace lutgemm::importing {

// A tensor of one row of words for each group; output j of a row has the bits from j * bits on, and
// its zero point is that plus `plus`.
struct Zeros {
  const FileTensor* tensor = nullptr;
  unsigned bits = 4;
  uint32_t plus = 0;
  bool interleaved = false;  // AWQ: see kAwqOrder
};

// AWQ's nibble t of a word is that of output kAwqOrder[t] of its 8.
inline constexpr unsigned kAwqOrder[8] = {0, 2, 4, 6, 1, 3, 5, 7};

// Whether all zero points are `value`.
bool AllZerosAre(const Zeros& zeros, const WeightInfo& info, unsigned value);

// Takes those of outputs [begin, end), begin a multiple of 32, into a matrix with integer zeros;
// does nothing for one without. kUnsupportedFormat for one that is 256, which no byte holds.
Status TakeZeros(const Zeros& zeros, size_t begin, size_t end, QuantizedMatrix* matrix);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_ZEROS_H_
