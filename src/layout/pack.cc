#include "layout/pack.h"

#include "base/buffer.h"
#include "format/fp.h"
#include "layout/pack_codes.h"
#include "layout/pack_tables.h"

#include <lutgemm/threads.hpp>

#include <memory>
#include <new>
#include <string>
#include <utility>

namespace lutgemm::layout {
namespace {

// Calls f(index in the matrix's vectors, index in the section) for each scale of strip s.
template <class F>
void ForEachScale(const WeightInfo& info, const Geometry& g, size_t s, F f) {
  if (info.group == kWholeTensor) {
    if (s == 0) f(0, 0);
    return;
  }
  const size_t first = s * g.strip;
  for (size_t row = first; row < first + g.strip && row < info.n; ++row) {
    for (size_t group = 0; group < g.ks.groups; ++group) {
      f(row * g.ks.groups + group, g.ScaleIndex(row, group));
    }
  }
}

}  // namespace

void PackStrip(const QuantizedMatrix& matrix, const Geometry& g, size_t s, std::byte* blob) {
  PackStripCodes(matrix, g, s, blob);
  ForEachScale(matrix.info, g, s, [&](size_t from, size_t to) {
    format::StoreElem(blob + g.scale_offset, matrix.info.scale, to, matrix.scales[from]);
    if (matrix.info.zero == ZeroKind::kInteger) {
      blob[g.zero_offset + to] = std::byte{matrix.zeros[from]};
    } else if (matrix.info.zero == ZeroKind::kFloat) {
      format::StoreElem(blob + g.zero_offset, matrix.info.scale, to, matrix.offsets[from]);
    }
  });
  PackStripTables(matrix, g, s, blob);
}

bool UnpackStrip(const std::byte* blob, const Geometry& g, size_t s, QuantizedMatrix& matrix) {
  ForEachScale(matrix.info, g, s, [&](size_t to, size_t from) {
    matrix.scales[to] = format::LoadElem(blob + g.scale_offset, matrix.info.scale, from);
    if (matrix.info.zero == ZeroKind::kInteger) {
      matrix.zeros[to] = static_cast<uint8_t>(blob[g.zero_offset + from]);
    } else if (matrix.info.zero == ZeroKind::kFloat) {
      matrix.offsets[to] = format::LoadElem(blob + g.zero_offset, matrix.info.scale, from);
    }
  });
  UnpackStripTables(blob, g, s, matrix);
  return UnpackStripCodes(blob, g, s, matrix);
}

}  // namespace lutgemm::layout

namespace lutgemm {
namespace {

Status Unsupported(const WeightInfo& info, LayoutId layout) {
  return {Code::kUnsupportedFormat, "layout '" + std::string(Name(layout)) + "' cannot hold " +
                                        std::string(Name(info.format)) + " weights of " +
                                        std::to_string(info.n) + " x " + std::to_string(info.k) +
                                        " in these groups; see docs/layouts.md"};
}

struct PackJob {
  const QuantizedMatrix& matrix;
  const layout::Geometry& geometry;
  std::byte* blob;
};

void PackTask(void* context, size_t s) {
  const auto& job = *static_cast<PackJob*>(context);
  layout::PackStrip(job.matrix, job.geometry, s, job.blob);
}

}  // namespace

Result<PackedWeights> PackedWeights::FromBlob(const WeightInfo& info, LayoutId layout,
                                              uint32_t version, std::span<const std::byte> blob,
                                              std::shared_ptr<const void> keep_alive) noexcept {
  const auto geometry = layout::MakeGeometry(info, layout);
  if (!geometry) return Unsupported(info, layout);
  if (version != LayoutVersion(layout)) {
    return Status(Code::kUnsupportedFormat, "layout '" + std::string(Name(layout)) + "' version " +
                                                std::to_string(version) +
                                                " is unknown; this library reads version " +
                                                std::to_string(LayoutVersion(layout)));
  }
  if (reinterpret_cast<uintptr_t>(blob.data()) % 64 != 0) {
    return Status(Code::kBadArgument, "blob is not 64-byte aligned");
  }
  if (blob.size() != geometry->total_bytes) {
    return Status(Code::kBadShape, "blob has " + std::to_string(blob.size()) +
                                       " bytes, its description needs " +
                                       std::to_string(geometry->total_bytes));
  }
  PackedWeights packed;
  packed.info_ = info;
  packed.layout_ = layout;
  packed.version_ = version;
  packed.blob_ = blob;
  packed.keep_alive_ = std::move(keep_alive);
  return packed;
}

Result<PackedWeights> Pack(const QuantizedMatrix& matrix, LayoutId layout,
                           Threads* threads) noexcept {
  if (Status valid = Validate(matrix); !valid.ok()) return valid;
  if (layout == LayoutId::kDefault) layout = DefaultLayout(matrix.info);
  const auto geometry = layout::MakeGeometry(matrix.info, layout);
  if (!geometry) return Unsupported(matrix.info, layout);
  auto buffer = base::Buffer::Allocate(geometry->total_bytes);
  if (!buffer.ok()) return buffer.status();
  std::shared_ptr<base::Buffer> owner;
  try {
    owner = std::make_shared<base::Buffer>(std::move(*buffer));
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "no memory for packed weights");
  }
  layout::PackTensorTables(matrix, *geometry, owner->data());
  PackJob job{matrix, *geometry, owner->data()};
  if (threads != nullptr) {
    threads->ParallelFor(geometry->strips, PackTask, &job);
  } else {
    for (size_t s = 0; s < geometry->strips; ++s) PackTask(&job, s);
  }
  return PackedWeights::FromBlob(matrix.info, layout, LayoutVersion(layout),
                                 {owner->data(), geometry->total_bytes}, owner);
}

}  // namespace lutgemm
