#include "layout/pack.h"

#include "base/bits.h"
#include "base/buffer.h"
#include "base/text.h"
#include "format/fp.h"
#include "layout/geometry.h"
#include "layout/pack_codes.h"
#include "layout/pack_tables.h"

#include <lutgemm/threads.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace lutgemm::layout {
namespace {

// Calls f(index in the matrix's vectors, index in the section) for each scale of a strip.
template <class F>
void ForEachScale(const WeightInfo& info, const Geometry& g, const StripRows& at, F f) {
  if (info.group == kWholeTensor) {
    if (at.strip == 0) f(0, 0);
    return;
  }
  const size_t end = std::min(info.n, at.row + g.strip), groups = g.ks.groups, strip = g.strip;
  for (size_t row = at.row; row < end; ++row) {
    size_t to = g.ScaleAt(at.strip * strip + row - at.row, 0);
    for (size_t from = row * groups; from < (row + 1) * groups; ++from, to += strip) f(from, to);
  }
}

// Stores a strip's numbers into a section. Integers and f16, of which there are most, have loops of
// their own; all numbers are such as their type holds.
struct Numbers {
  const float* all;
  Elem elem;
  std::byte* section;
};
void StoreNumbers(const WeightInfo& info, const Geometry& g, const StripRows& rows,
                  const Numbers& numbers) {
  const float* all = numbers.all;
  const auto store = [&]<class T>(T, auto convert) {
    auto* to_all = reinterpret_cast<T*>(numbers.section);
    ForEachScale(info, g, rows, [=](size_t from, size_t to) { to_all[to] = convert(all[from]); });
  };
  const auto as_byte = [](float x) { return static_cast<uint8_t>(static_cast<int>(x)); };
  switch (numbers.elem) {
    case Elem::kU8:
    case Elem::kI8:
      return store(uint8_t{}, as_byte);
    case Elem::kF16:
      return store(uint16_t{}, [](float x) { return format::F32ToF16(x); });
    default:
      ForEachScale(info, g, rows, [&](size_t from, size_t to) {
        format::StoreElem(numbers.section, numbers.elem, to, all[from]);
      });
  }
}

}  // namespace

bool PackStrip(const QuantizedMatrix& matrix, const Geometry& g, const StripRows& rows,
               std::byte* blob) {
  if (!PackStripCodes(matrix, g, rows, blob)) return false;
  const WeightInfo& info = matrix.info;
  std::byte* zeros = blob + g.zero_offset;
  StoreNumbers(info, g, rows, {matrix.scales.data(), info.scale, blob + g.scale_offset});
  if (info.zero == ZeroKind::kInteger) {
    ForEachScale(info, g, rows,
                 [&](size_t from, size_t to) { zeros[to] = std::byte{matrix.zeros[from]}; });
  } else if (info.zero == ZeroKind::kFloat) {
    StoreNumbers(info, g, rows, {matrix.offsets.data(), format::OffsetElem(info), zeros});
  }
  PackStripTables(matrix, g, rows, blob);
  return true;
}

bool UnpackStrip(const std::byte* blob, const Geometry& g, size_t s, QuantizedMatrix& matrix) {
  ForEachScale(matrix.info, g, WholeRows(g, s), [&](size_t to, size_t from) {
    matrix.scales[to] = format::LoadElem(blob + g.scale_offset, matrix.info.scale, from);
    if (matrix.info.zero == ZeroKind::kInteger) {
      matrix.zeros[to] = static_cast<uint8_t>(blob[g.zero_offset + from]);
    } else if (matrix.info.zero == ZeroKind::kFloat) {
      const Elem elem = format::OffsetElem(matrix.info);
      matrix.offsets[to] = format::LoadElem(blob + g.zero_offset, elem, from);
    }
  });
  UnpackStripTables(blob, g, s, matrix);
  return UnpackStripCodes(blob, g, s, matrix);
}

}  // namespace lutgemm::layout

namespace lutgemm {
namespace {

// A task takes so many weights at least: fewer are packed before another thread has awoken.
constexpr size_t kTaskWeights = size_t{1} << 16;

uint8_t LargestZero(const WeightInfo& info, const layout::Geometry& geometry,
                    std::span<const std::byte> blob) {
  uint8_t largest = 0;
  if (info.zero != ZeroKind::kInteger) return largest;
  for (const std::byte zero : blob.subspan(geometry.zero_offset, geometry.zero_bytes)) {
    largest = std::max(largest, std::to_integer<uint8_t>(zero));
  }
  return largest;
}

struct PackJob {
  const QuantizedMatrix& matrix;
  const layout::Geometry& geometry;
  std::byte* blob;
  size_t task_strips;
  std::atomic<Code> failed = Code::kOk;
};

void PackTask(void* context, size_t task) {
  auto& job = *static_cast<PackJob*>(context);
  const size_t begin = task * job.task_strips;
  const size_t end = std::min(begin + job.task_strips, job.geometry.strips);
  const Status status = base::Guarded([&] {
    for (size_t s = begin; s < end; ++s) {
      if (!layout::PackStrip(job.matrix, job.geometry, WholeRows(job.geometry, s), job.blob)) {
        return Status(Code::kBadArgument, "");
      }
    }
    return Status();
  });
  if (!status.ok()) job.failed.store(status.code(), std::memory_order_relaxed);
}

Status PackStrips(const QuantizedMatrix& matrix, const layout::Geometry& geometry, std::byte* blob,
                  Threads* threads) {
  const size_t strip_weights = geometry.strip * matrix.info.k;
  PackJob job{matrix, geometry, blob, base::CeilDiv(kTaskWeights, strip_weights)};
  const size_t tasks = base::CeilDiv(geometry.strips, job.task_strips);
  if (threads != nullptr && tasks > 1) {
    threads->ParallelFor(tasks, PackTask, &job);
  } else {
    for (size_t task = 0; task < tasks; ++task) PackTask(&job, task);
  }
  const Code failed = job.failed;
  if (failed == Code::kOk) return {};
  // Memory is all else that a strip can lack.
  return failed == Code::kBadArgument
             ? Status(failed, "the matrix has codes that its format does not have")
             : Status(Code::kOutOfMemory, "out of memory");
}

// The geometry of a sound matrix in a layout; kDefault becomes the matrix's own.
Result<layout::Geometry> GeometryOf(const QuantizedMatrix& matrix, LayoutId layout) {
  if (layout == LayoutId::kDefault) layout = DefaultLayout(matrix.info);
  return layout::CheckedGeometry(matrix.info, layout);
}

// Zero bytes, as many as the geometry's, and who owns them: null where the caller does.
struct Destination {
  std::span<std::byte> blob;
  std::shared_ptr<const void> keep_alive;
};

Result<PackedWeights> PackBlob(const QuantizedMatrix& matrix, const layout::Geometry& geometry,
                               const Destination& to, Threads* threads) {
  layout::PackTensorTables(matrix, geometry, to.blob.data());
  Status packed = PackStrips(matrix, geometry, to.blob.data(), threads);
  if (!packed.ok()) return packed;
  return PackedWeights::FromBlob(matrix.info, geometry.layout, LayoutVersion(geometry.layout),
                                 to.blob, to.keep_alive);
}

}  // namespace

Result<PackedWeights> PackedWeights::FromBlob(const WeightInfo& info, LayoutId layout,
                                              uint32_t version, std::span<const std::byte> blob,
                                              std::shared_ptr<const void> keep_alive) noexcept {
  using base::MakeStatus;
  const Result<layout::Geometry> geometry = layout::CheckedGeometry(info, layout);
  if (!geometry.ok()) return geometry.status();
  if (version != LayoutVersion(layout)) {
    return MakeStatus(Code::kUnsupportedFormat, "layout '", Name(layout), "' version ", version,
                      " is unknown; this library reads version ", LayoutVersion(layout));
  }
  if (!base::IsAligned(blob.data(), 64)) {
    return Status(Code::kBadArgument, "blob is not 64-byte aligned");
  }
  if (blob.size() != geometry->total_bytes) {
    return MakeStatus(Code::kBadShape, "blob has ", blob.size(), " bytes, its description needs ",
                      geometry->total_bytes);
  }
  PackedWeights packed;
  packed.info_ = info;
  packed.layout_ = layout;
  packed.version_ = version;
  packed.largest_zero_ = LargestZero(info, *geometry, blob);
  packed.blob_ = blob;
  packed.keep_alive_ = std::move(keep_alive);
  return packed;
}

Result<PackedWeights> layout::PackMatrix(const QuantizedMatrix& matrix, LayoutId layout,
                                         Threads* threads) {
  const Result<Geometry> geometry = GeometryOf(matrix, layout);
  if (!geometry.ok()) return geometry.status();
  auto buffer = base::Buffer::Allocate(geometry->total_bytes);
  if (!buffer.ok()) return buffer.status();
  const auto owner = std::make_shared<base::Buffer>(std::move(*buffer));
  return PackBlob(matrix, *geometry, {owner->span(), owner}, threads);
}

Status layout::CheckMemory(std::span<const std::byte> memory, size_t bytes) {
  if (!base::IsAligned(memory.data(), base::kBufferAlign)) {
    return Status(Code::kBadArgument, "memory for the blob is not 64-byte aligned");
  }
  if (memory.size() >= bytes) return {};
  return base::MakeStatus(Code::kWorkspaceTooSmall, "memory for the blob has ", memory.size(),
                          " bytes; these weights need ", bytes);
}

Result<PackedWeights> layout::PackMatrixInto(const QuantizedMatrix& matrix,
                                             std::span<std::byte> memory, LayoutId layout,
                                             Threads* threads) {
  const Result<Geometry> geometry = GeometryOf(matrix, layout);
  if (!geometry.ok()) return geometry.status();
  if (Status status = CheckMemory(memory, geometry->total_bytes); !status.ok()) return status;
  const std::span<std::byte> blob = memory.first(geometry->total_bytes);
  std::ranges::fill(blob, std::byte{0});
  return PackBlob(matrix, *geometry, {blob, nullptr}, threads);
}

}  // namespace lutgemm
