// PackBlocks: the rows of a strip become codes and scales, which are packed while a cache has them,
// so that there is never a matrix of codes.
#include "base/bits.h"
#include "base/buffer.h"
#include "base/float_mode.h"
#include "base/text.h"
#include "import/block_rows.h"
#include "layout/geometry.h"
#include "layout/pack.h"
#include "layout/pack_tables.h"

#include <lutgemm/threads.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

namespace lutgemm {
namespace {

using importing::BadBlock;
using importing::BlockRows;
using importing::TernaryFacts;

// A task takes so many weights at least: what it allocates, and waking a thread for it, then cost
// nothing beside it.
constexpr size_t kTaskWeights = size_t{1} << 18;

struct StripsJob {
  const BlockRows& rows;
  const layout::Geometry& geometry;
  WeightInfo info;            // of the packed weights
  std::byte* blob = nullptr;  // null while facts are gathered
  TernaryFacts* facts = nullptr;
  float first_scale = 0;
  std::mutex mutex{};  // of facts and failed
  Code failed = Code::kOk;
  BadBlock bad = importing::kNoBadBlock;

  size_t task_strips() const { return base::CeilDiv(kTaskWeights, geometry.strip * info.k); }
};

// A strip's rows as codes and scales; false for a scale that is not finite.
bool ReadStrip(StripsJob& job, size_t strip, QuantizedMatrix& matrix) {
  const size_t first = strip * job.geometry.strip;
  const size_t n = std::min(job.geometry.strip, job.info.n - first);
  if (matrix.codes.size() != n * job.info.k) {
    job.rows.SizeVectors(n, matrix);
    matrix.codes.resize(n * job.info.k);
  }
  matrix.info = job.rows.info();
  matrix.info.n = n;
  for (size_t row = 0; row < n; ++row) {
    if (!job.rows.Read(first + row, matrix, row, job.bad)) return false;
  }
  return true;
}

void PackRows(StripsJob& job, size_t strip, QuantizedMatrix& matrix) {
  matrix.info = job.info;
  matrix.info.n = std::min(job.geometry.strip, job.info.n - strip * job.geometry.strip);
  if (job.info.zero == ZeroKind::kInteger) matrix.zeros.assign(matrix.scales.size(), 1);
  if (strip == 0) layout::PackTensorTables(matrix, job.geometry, job.blob);
  // No code can be wrong: a type's bits hold no others, and facts say which format has them.
  layout::PackStrip(matrix, job.geometry, {strip, 0}, job.blob);
}

Status RunTask(StripsJob& job, size_t task) {
  const base::FloatMode mode;  // a scale of MXFP4 may be subnormal
  const size_t end = std::min((task + 1) * job.task_strips(), job.geometry.strips);
  QuantizedMatrix matrix;
  TernaryFacts facts;
  for (size_t strip = task * job.task_strips(); strip < end; ++strip) {
    if (!ReadStrip(job, strip, matrix)) return {};
    if (job.blob != nullptr) {
      PackRows(job, strip, matrix);
    } else {
      importing::AddFacts(matrix, job.first_scale, facts);
    }
  }
  if (job.facts == nullptr) return {};
  const std::lock_guard lock(job.mutex);
  job.facts->largest = std::max(job.facts->largest, facts.largest);
  job.facts->one_scale = job.facts->one_scale && facts.one_scale;
  return {};
}

void StripsTask(void* context, size_t task) {
  auto& job = *static_cast<StripsJob*>(context);
  const Status status = base::Guarded([&] { return RunTask(job, task); });
  if (status.ok()) return;
  const std::lock_guard lock(job.mutex);
  job.failed = status.code();
}

Status RunStrips(StripsJob& job, Threads* threads) {
  const size_t tasks = base::CeilDiv(job.geometry.strips, job.task_strips());
  if (threads != nullptr && tasks > 1) {
    threads->ParallelFor(tasks, StripsTask, &job);
  } else {
    for (size_t task = 0; task < tasks; ++task) StripsTask(&job, task);
  }
  if (job.bad != importing::kNoBadBlock) return job.rows.NotFinite(job.bad);
  return job.failed == Code::kOk ? Status() : Status(job.failed, "out of memory");
}

Result<layout::Geometry> GeometryOf(const WeightInfo& info) {
  return layout::CheckedGeometry(info, DefaultLayout(info));
}

// How the blocks are stored; for ternary types that takes a look at all of them.
Result<WeightInfo> StoredInfo(const BlockRows& rows, Threads* threads) {
  if (!rows.ternary()) return rows.info();
  const Result<layout::Geometry> geometry = GeometryOf(rows.info());
  if (!geometry.ok()) return geometry.status();
  TernaryFacts facts;
  StripsJob job{rows, *geometry, rows.info()};
  QuantizedMatrix first;
  rows.SizeVectors(1, first);
  first.codes.resize(rows.info().k);
  if (!rows.Read(0, first, 0, job.bad)) return rows.NotFinite(job.bad);
  job.first_scale = first.scales[0];
  job.facts = &facts;
  if (Status status = RunStrips(job, threads); !status.ok()) return status;
  return importing::Settled(rows.info(), facts);
}

// Memory for a blob, with anything in it, and who owns it: null where the caller does.
struct Destination {
  std::span<std::byte> memory;
  std::shared_ptr<const void> keep_alive;
};

// Zeros where strips write nothing: past the last row, and between sections.
void ClearRest(const layout::Geometry& g, size_t n, std::byte* blob) {
  if (n % g.strip != 0) std::memset(blob + (g.strips - 1) * g.strip_bytes, 0, g.strip_bytes);
  std::memset(blob + g.code_bytes, 0, g.total_bytes - g.code_bytes);
}

// `place` gives a destination for so many bytes.
template <class Place>
Result<PackedWeights> PackRowsOf(const GgufBlocks& blocks, Threads* threads, const Place& place) {
  return base::Guarded([&]() -> Result<PackedWeights> {
    const Result<BlockRows> rows = BlockRows::Open(blocks);
    if (!rows.ok()) return rows.status();
    const Result<WeightInfo> info = StoredInfo(*rows, threads);
    if (!info.ok()) return info.status();
    const Result<layout::Geometry> geometry = GeometryOf(*info);
    if (!geometry.ok()) return geometry.status();
    const Result<Destination> to = place(geometry->total_bytes);
    if (!to.ok()) return to.status();
    StripsJob job{*rows, *geometry, *info, to->memory.data()};
    ClearRest(*geometry, info->n, job.blob);
    if (Status status = RunStrips(job, threads); !status.ok()) return status;
    return PackedWeights::FromBlob(*info, geometry->layout, LayoutVersion(geometry->layout),
                                   to->memory, to->keep_alive);
  });
}

}  // namespace

Result<PackedWeights> PackBlocks(const GgufBlocks& blocks, Threads* threads) noexcept {
  return PackRowsOf(blocks, threads, [](size_t bytes) -> Result<Destination> {
    auto buffer = base::Buffer::Allocate(bytes);
    if (!buffer.ok()) return buffer.status();
    const auto owner = std::make_shared<base::Buffer>(std::move(*buffer));
    return Destination{owner->span(), owner};
  });
}

Result<PackedWeights> PackBlocksInto(const GgufBlocks& blocks, std::span<std::byte> memory,
                                     Threads* threads) noexcept {
  return PackRowsOf(blocks, threads, [memory](size_t bytes) -> Result<Destination> {
    if (Status status = layout::CheckMemory(memory, bytes); !status.ok()) return status;
    return Destination{memory.first(bytes), nullptr};
  });
}

}  // namespace lutgemm
