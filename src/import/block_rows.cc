#include "import/block_rows.h"

#include "base/huge_pages.h"
#include "base/text.h"
#include "io/gguf_types.h"
#include "quant/groups.h"

#include <algorithm>

namespace lutgemm::importing {
namespace {

using base::MakeStatus;

// Where row `row` begins in each of the matrix's vectors.
RowOut RowOf(QuantizedMatrix& matrix, size_t row) {
  const size_t groups = matrix.info.groups(), supers = matrix.info.super_groups();
  const auto at = [row](std::vector<float>& numbers, size_t of_row) {
    return numbers.empty() ? nullptr : numbers.data() + row * of_row;
  };
  return {matrix.codes.data() + row * matrix.info.k, at(matrix.scales, groups),
          at(matrix.offsets, groups), at(matrix.factors, supers),
          at(matrix.offset_factors, supers)};
}

}  // namespace

Result<BlockRows> BlockRows::Open(const GgufBlocks& blocks) {
  const Result<WeightInfo> info = GgufInfo(blocks.type, blocks.n, blocks.k);
  if (!info.ok()) return info.status();
  const io::GgufTensorType& block = *io::FindGgufType(static_cast<uint32_t>(blocks.type));
  const size_t needed = GgufBytes(blocks.type, blocks.n, blocks.k);
  if (blocks.bytes.size() != needed) {
    return MakeStatus(Code::kBadShape, blocks.bytes.size(), " bytes of ", block.name,
                      " blocks for ", blocks.n, " x ", blocks.k, " weights; they take ", needed);
  }
  BlockRows rows;
  rows.format_ = FindFormat(blocks.type);
  rows.info_ = *info;
  rows.name_ = block.name;
  rows.from_ = reinterpret_cast<const uint8_t*>(blocks.bytes.data());
  rows.row_blocks_ = blocks.k / block.block_elements;
  rows.row_bytes_ = rows.row_blocks_ * block.block_bytes;
  return rows;
}

void BlockRows::SizeVectors(size_t n, QuantizedMatrix& matrix) const {
  matrix.info = info_;
  matrix.info.n = n;
  const size_t scales = quant::ScaleCount(matrix.info);
  base::ReserveHuge(matrix.scales, scales);
  matrix.scales.resize(scales);
  if (info_.zero == ZeroKind::kFloat) {
    base::ReserveHuge(matrix.offsets, scales);
    matrix.offsets.resize(scales);
  }
  matrix.factors.assign(quant::FactorCount(matrix.info), 1.0f);
  matrix.offset_factors.resize(quant::OffsetFactorCount(matrix.info));
  matrix.book = format_->book != nullptr ? *format_->book : format::FixedBook(info_.format);
}

bool BlockRows::Read(size_t row, QuantizedMatrix& matrix, size_t to, BadBlock& bad) const {
  const size_t good = format_->read(from_ + row * row_bytes_, row_blocks_, RowOf(matrix, to));
  if (good == row_blocks_) return true;
  const size_t block = row * row_blocks_ + good;
  size_t first = bad.load(std::memory_order_relaxed);
  while (block < first && !bad.compare_exchange_weak(first, block)) {
  }
  return false;
}

Status BlockRows::NotFinite(size_t bad) const {
  return MakeStatus(Code::kNotFinite, "block ", bad % row_blocks_, " of row ", bad / row_blocks_,
                    " (", name_, ") has a scale that is NaN or infinite; it must be finite");
}

void AddFacts(const QuantizedMatrix& matrix, float first, TernaryFacts& facts) {
  uint8_t largest = facts.largest;
  for (const uint8_t code : matrix.codes) largest = std::max(largest, code);
  facts.largest = largest;
  facts.one_scale = facts.one_scale && std::ranges::all_of(matrix.scales, [first](float other) {
                      return other == first;
                    });
}

WeightInfo Settled(const WeightInfo& info, const TernaryFacts& facts) {
  WeightInfo settled = info;
  if (facts.largest > 2) {
    settled.format = WeightFormat::kInt2;
    settled.zero = ZeroKind::kInteger;
  } else if (facts.one_scale) {
    settled.group = kWholeTensor;
  }
  return settled;
}

}  // namespace lutgemm::importing
