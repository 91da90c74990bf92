#include "import/packed_fp4.h"

#include "base/bits.h"
#include "base/for_blocks.h"
#include "import/spread.h"

#include <algorithm>

namespace lutgemm::importing {
namespace {

constexpr size_t kRows = 16;  // of one task

Status ReadRow(const PackedFp4& packed, size_t row, QuantizedMatrix* matrix) {
  const size_t k = packed.info.k, groups = packed.info.groups();
  const auto bytes = packed.codes->bytes.subspan(packed.code_offset + row * (k / 2), k / 2);
  SpreadBits<4>(bytes, std::span(matrix->codes).subspan(row * k, k));
  return LoadScales(*packed.scales, packed.info.scale, packed.scale_offset + row * groups,
                    std::span(matrix->scales).subspan(row * groups, groups));
}

}  // namespace

Result<ImportedWeights> ReadFp4(const PackedFp4& packed, Threads* threads) {
  ImportedWeights imported{Empty(packed.info), {}};
  if (!imported.matrix.factors.empty()) imported.matrix.factors[0] = packed.factor;
  const size_t n = packed.info.n;
  const Status status =
      base::ForBlocks(threads, base::CeilDiv(n, kRows), [&](size_t block) -> Status {
        for (size_t row = block * kRows; row < std::min(n, (block + 1) * kRows); ++row) {
          Status read = ReadRow(packed, row, &imported.matrix);
          if (!read.ok()) return read;
        }
        return {};
      });
  if (!status.ok()) return status;
  return imported;
}

}  // namespace lutgemm::importing
