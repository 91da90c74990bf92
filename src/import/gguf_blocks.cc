// ImportBlocks: rows of blocks in parallel, and what the blocks turn out to be.
#include "import/block_rows.h"

#include "base/bits.h"
#include "base/float_mode.h"
#include "base/huge_pages.h"
#include "base/text.h"
#include "base/weights_shape.h"
#include "io/gguf_types.h"

#include <lutgemm/threads.hpp>

#include <algorithm>

namespace lutgemm {
namespace {

using base::MakeStatus;
using importing::BadBlock;
using importing::BlockRows;
using importing::GgufFormat;

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
  const BlockRows& rows;
  QuantizedMatrix& matrix;
  size_t task_rows;
  BadBlock bad = importing::kNoBadBlock;
};

void BlocksTask(void* context, size_t task) {
  const base::FloatMode mode;  // a scale of MXFP4 may be subnormal
  auto& job = *static_cast<BlocksJob*>(context);
  const size_t end = std::min((task + 1) * job.task_rows, job.matrix.info.n);
  for (size_t row = task * job.task_rows; row < end; ++row) {
    if (!job.rows.Read(row, job.matrix, row, job.bad)) return;
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
  return job.bad == importing::kNoBadBlock ? Status() : job.rows.NotFinite(job.bad);
}

void SettleTernary(QuantizedMatrix& matrix) {
  importing::TernaryFacts facts;
  importing::AddFacts(matrix, matrix.scales[0], facts);
  matrix.info = importing::Settled(matrix.info, facts);
  if (matrix.info.zero == ZeroKind::kInteger) matrix.zeros.assign(matrix.scales.size(), 1);
  if (matrix.info.group == kWholeTensor) matrix.scales.resize(1);
}

Result<QuantizedMatrix> ReadMatrix(const BlockRows& rows, Threads* threads) {
  QuantizedMatrix matrix;
  rows.SizeVectors(rows.info().n, matrix);
  BlocksJob job{rows, matrix, base::CeilDiv(kTaskWeights, rows.info().k)};
  if (Status status = RunJob(job, threads); !status.ok()) return status;
  if (rows.ternary()) SettleTernary(matrix);
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
    const Result<BlockRows> rows = BlockRows::Open({type, n, k, bytes});
    return rows.ok() ? ReadMatrix(*rows, threads) : rows.status();
  });
}

}  // namespace lutgemm
