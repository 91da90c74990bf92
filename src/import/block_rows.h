// Rows of GGUF blocks that lie in memory, on their way to codes and scales.
#ifndef LUTGEMM_IMPORT_BLOCK_ROWS_H_
#define LUTGEMM_IMPORT_BLOCK_ROWS_H_

#include "import/gguf_blocks.h"

#include <lutgemm/import.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lutgemm::importing {

// The first block, in the order of the rows, that has a scale which is NaN or infinite.
using BadBlock = std::atomic<size_t>;
inline constexpr size_t kNoBadBlock = ~size_t{0};

class BlockRows {
 public:
  // Fails as ImportBlocks does for shapes and types.
  static Result<BlockRows> Open(const GgufBlocks& blocks);

  const WeightInfo& info() const { return info_; }
  bool ternary() const { return info_.format == WeightFormat::kTernary; }

  // Gives `matrix` room for `n` of the rows: all vectors but the codes.
  void SizeVectors(size_t n, QuantizedMatrix& matrix) const;
  // Reads a row into row `to` of a matrix that has room for it, codes included. False, with
  // anything in that row, where a scale is not finite; the first such block is kept in `bad`.
  bool Read(size_t row, QuantizedMatrix& matrix, size_t to, BadBlock& bad) const;
  // The error about such a block.
  Status NotFinite(size_t bad) const;

 private:
  const GgufFormat* format_ = nullptr;
  WeightInfo info_;
  std::string_view name_;
  const uint8_t* from_ = nullptr;
  size_t row_blocks_ = 0;
  size_t row_bytes_ = 0;
};

// What decides how blocks of ternary types are stored.
struct TernaryFacts {
  uint8_t largest = 0;    // of the codes
  bool one_scale = true;  // all scales are equal
};
// Adds what a matrix of some rows has; `first` is the first scale of all.
void AddFacts(const QuantizedMatrix& matrix, float first, TernaryFacts& facts);
// Blocks with a code of 3, which stands for 2 d, are two-bit integers with a zero point of 1; those
// that have one scale are a tensor with one.
WeightInfo Settled(const WeightInfo& info, const TernaryFacts& facts);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_BLOCK_ROWS_H_
