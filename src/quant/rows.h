// Reads a tensor row by row, in blocks of rows whose number depends on the shape only: so results
// that are joined in block order are the same for any number of threads.
#ifndef LUTGEMM_QUANT_ROWS_H_
#define LUTGEMM_QUANT_ROWS_H_

#include "base/for_blocks.h"

#include <lutgemm/threads.hpp>
#include <lutgemm/types.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace lutgemm::quant {

class RowReader {
 public:
  RowReader(const Tensor2D& weights, Threads* threads);

  size_t blocks() const { return blocks_; }
  size_t cols() const { return weights_.cols; }

  // Runs body(block, row, weights of the row) over all rows, blocks possibly at once, and reports
  // the first row's failure: the body's, or that of a weight that is not finite.
  template <class Body>
  Status ForEachRow(const Body& body) const {
    return base::ForBlocks(threads_, blocks_, [&](size_t block) { return RunBlock(block, body); });
  }

 private:
  template <class Body>
  Status RunBlock(size_t block, const Body& body) const {
    std::vector<float> row_weights(weights_.cols);
    const size_t end = std::min(weights_.rows, (block + 1) * block_rows_);
    for (size_t row = block * block_rows_; row < end; ++row) {
      if (Status status = LoadRow(row, row_weights); !status.ok()) return status;
      if (Status status = body(block, row, row_weights); !status.ok()) return status;
    }
    return {};
  }
  Status LoadRow(size_t row, std::span<float> out) const;

  const Tensor2D& weights_;
  Threads* threads_;
  size_t block_rows_ = 1;
  size_t blocks_ = 0;
};

}  // namespace lutgemm::quant

#endif  // LUTGEMM_QUANT_ROWS_H_
