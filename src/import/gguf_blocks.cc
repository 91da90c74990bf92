// ImportBlocks: rows of blocks in parallel, and what the blocks turn out to be.
#include "import/gguf_blocks.h"

#include "base/bits.h"
#include "base/huge_pages.h"
#include "base/text.h"
#include "base/weights_shape.h"
#include "io/gguf_types.h"
#include "quant/groups.h"

#include <lutgemm/threads.hpp>

#include <algorithm>
#include <atomic>

namespace lutgemm {
namespace {

using base::MakeStatus;
using importing::GgufFormat;
using importing::RowOut;

// A task takes so many weights at least: fewer are read before another thread has awoken.
constexpr size_t kTaskWeights = size_t{1} << 16;

// The container knows the names of types and the sizes of their blocks.
const io::GgufTensorType* BlockOf(GgufType type) noexcept {
  return importing::FindFormat(type) == nullptr ? nullptr
                                                : io::FindGgufType(static_cast<uint32_t>(type));
}

Status Unknown(GgufType type) {
  return MakeStatus(Code::kUnsupportedFormat, "GGUF type ", static_cast<uint32_t>(type),
                    " is none whose blocks can be imported");
}

struct BlocksJob {
  const GgufFormat& format;
  const io::GgufTensorType& block;
  const uint8_t* from;
  QuantizedMatrix& matrix;
  size_t row_blocks;
  size_t task_rows;
  std::atomic<size_t> bad = ~size_t{0};  // the first block with a scale that is not finite
};

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

void BlocksTask(void* context, size_t task) {
  const base::FloatMode mode;  // a scale of MXFP4 may be subnormal
  auto& job = *static_cast<BlocksJob*>(context);
  const size_t end = std::min((task + 1) * job.task_rows, job.matrix.info.n);
  for (size_t row = task * job.task_rows; row < end; ++row) {
    const size_t first = row * job.row_blocks;
    const uint8_t* from = job.from + first * job.block.block_bytes;
    const size_t good = job.format.read(from, job.row_blocks, RowOf(job.matrix, row));
    if (good == job.row_blocks) continue;
    size_t bad = job.bad.load(std::memory_order_relaxed);
    while (first + good < bad && !job.bad.compare_exchange_weak(bad, first + good)) {
    }
    return;
  }
}

Status RunJob(BlocksJob& job, Threads* threads) {
  const size_t n = job.matrix.info.n, k = job.matrix.info.k;
  const size_t tasks = base::CeilDiv(n, job.task_rows);
  std::vector<uint8_t>& codes = job.matrix.codes;
  base::ReserveHuge(codes, n * k);
  if (threads != nullptr && tasks > 1) {
    codes.resize(n * k);
    threads->ParallelFor(tasks, BlocksTask, &job);
  } else {
    for (size_t task = 0; task < tasks; ++task) {
      // A task's codes are still in a cache when they follow the zeros that vectors begin with.
      codes.resize(std::min((task + 1) * job.task_rows, n) * k);
      BlocksTask(&job, task);
    }
  }
  const size_t bad = job.bad;
  if (bad == ~size_t{0}) return {};
  return MakeStatus(Code::kNotFinite, "block ", bad % job.row_blocks, " of row ",
                    bad / job.row_blocks, " (", job.block.name,
                    ") has a scale that is NaN or infinite; it must be finite");
}

// All but the codes.
void SizeVectors(const GgufFormat& format, QuantizedMatrix& matrix) {
  const WeightInfo& info = matrix.info;
  const size_t scales = quant::ScaleCount(info);
  base::ReserveHuge(matrix.scales, scales);
  matrix.scales.resize(scales);
  if (info.zero == ZeroKind::kFloat) {
    base::ReserveHuge(matrix.offsets, scales);
    matrix.offsets.resize(scales);
  }
  matrix.factors.assign(quant::FactorCount(info), 1.0f);
  matrix.offset_factors.resize(quant::OffsetFactorCount(info));
  matrix.book = format.book != nullptr ? *format.book : format::FixedBook(info.format);
}

// Ternary blocks with a code of 3, which stands for 2 d, are two-bit integers; those that have one
// scale are a tensor with one.
void SettleTernary(QuantizedMatrix& matrix) {
  uint8_t largest = 0;
  for (const uint8_t code : matrix.codes) largest = std::max(largest, code);
  if (largest > 2) {
    matrix.info.format = WeightFormat::kInt2;
    matrix.info.zero = ZeroKind::kInteger;
    matrix.zeros.assign(matrix.scales.size(), 1);
    return;
  }
  const float scale = matrix.scales[0];
  if (!std::ranges::all_of(matrix.scales, [scale](float other) { return other == scale; })) return;
  matrix.info.group = kWholeTensor;
  matrix.scales.resize(1);
}

Result<QuantizedMatrix> ReadMatrix(const GgufFormat& format, std::span<const std::byte> bytes,
                                   const WeightInfo& info, Threads* threads) {
  const io::GgufTensorType& block = *BlockOf(format.type);
  QuantizedMatrix matrix;
  matrix.info = info;
  SizeVectors(format, matrix);
  BlocksJob job{format,
                block,
                reinterpret_cast<const uint8_t*>(bytes.data()),
                matrix,
                info.k / block.block_elements,
                base::CeilDiv(kTaskWeights, info.k)};
  if (Status status = RunJob(job, threads); !status.ok()) return status;
  if (info.format == WeightFormat::kTernary) SettleTernary(matrix);
  return matrix;
}

}  // namespace

const GgufFormat* importing::FindFormat(GgufType type) noexcept {
  for (const auto family : {SmallBlocks, KBlocks, TernaryBlocks, BookBlocks}) {
    for (const GgufFormat& format : family()) {
      if (format.type == type) return &format;
    }
  }
  return nullptr;
}

size_t GgufBytes(GgufType type, size_t n, size_t k) noexcept {
  const io::GgufTensorType* block = BlockOf(type);
  size_t bytes = 0;
  if (block == nullptr || k % block->block_elements != 0) return 0;
  const size_t row_blocks = k / block->block_elements;
  if (!base::CheckedMul(n, row_blocks, &bytes)) return 0;
  return base::CheckedMul(bytes, block->block_bytes, &bytes) ? bytes : 0;
}

Result<WeightInfo> GgufInfo(GgufType type, size_t n, size_t k) noexcept {
  return base::Guarded([&]() -> Result<WeightInfo> {
    const GgufFormat* format = importing::FindFormat(type);
    if (format == nullptr) return Unknown(type);
    const io::GgufTensorType& block = *BlockOf(type);
    if (Status status = base::CheckShape(n, k); !status.ok()) return status;
    if (k % block.block_elements != 0) {
      return MakeStatus(Code::kBadShape, "rows of ", k, " weights are not whole blocks of ",
                        block.block_elements, " (", block.name, ")");
    }
    WeightInfo info = format->info;
    info.n = n, info.k = k;
    return info;
  });
}

Result<QuantizedMatrix> ImportBlocks(GgufType type, std::span<const std::byte> bytes, size_t n,
                                     size_t k, Threads* threads) noexcept {
  return base::Guarded([&]() -> Result<QuantizedMatrix> {
    const Result<WeightInfo> info = GgufInfo(type, n, k);
    if (!info.ok()) return info.status();
    if (const size_t needed = GgufBytes(type, n, k); bytes.size() != needed) {
      return MakeStatus(Code::kBadShape, bytes.size(), " bytes of ", BlockOf(type)->name,
                        " blocks for ", n, " x ", k, " weights; they take ", needed);
    }
    return ReadMatrix(*importing::FindFormat(type), bytes, *info, threads);
  });
}

}  // namespace lutgemm
