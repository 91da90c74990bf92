// UnpackRows: a run of codes at a time becomes values, by a table of the group's values where there
// are few codes.
#include "base/bits.h"
#include "base/text.h"
#include "format/fp.h"
#include "format/planes.h"
#include "format/traits.h"
#include "layout/geometry.h"
#include "layout/pack_tables.h"
#include "layout/row_codes.h"

#include <lutgemm/threads.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>

namespace lutgemm {
namespace {

using layout::Geometry;

// A task takes so many weights at least: fewer are done before another thread has awoken.
constexpr size_t kTaskWeights = size_t{1} << 16;
// Formats of so few codes go through tables.
constexpr size_t kTable = 16;

// value = unit * (integer - zero) + offset
struct Group {
  double unit = 0;
  double offset = -0.0;  // adds nothing, not even to -0
  int zero = 0;
  const int8_t* integers = nullptr;  // of kTable codes

  float Value(int integer) const { return static_cast<float>(unit * (integer - zero) + offset); }
};

class RowValues {
 public:
  // False for a codebook that the format cannot have.
  bool Init(const PackedWeights& weights, const Geometry& geometry);
  // False where the row holds a code that the format does not have.
  bool Write(size_t row, float* out) const;

 private:
  // `factor` is the row's.
  Group GroupOf(size_t row, size_t group, float factor) const;
  float FactorOf(size_t row) const;
  // By the factors at place `at` of their sections.
  void MultiplySuperGroup(size_t at, Group& group) const;

  const Geometry* g_ = nullptr;
  WeightInfo info_;
  const std::byte* blob_ = nullptr;
  Codebook book_;  // in the order of stored codes; without tables where the format has none
  unsigned codes_ = 0;
  float unit_ = 1.0f;
};

bool RowValues::Init(const PackedWeights& weights, const Geometry& geometry) {
  g_ = &geometry;
  info_ = weights.info();
  blob_ = weights.blob().data();
  if (!layout::ReadBook(blob_, geometry, info_.format, book_)) return false;
  codes_ = book_.codes != 0 ? unsigned{book_.codes} : CodeCount(info_.format);
  unit_ = format::UnitOf(info_.format, book_);
  for (size_t c = 0; c < kTable && !format::IsBook(info_.format); ++c) {
    book_.values[0][c] = static_cast<int8_t>(c);
  }
  if (info_.format == WeightFormat::kInt1) book_.values[0] = {-1, 1};
  return true;
}

// As QuantizedMatrix::Factor has it.
float RowValues::FactorOf(size_t row) const {
  if (g_->factor_bytes == 0 || info_.super_group != 0) return unit_;
  float factor;
  const size_t at = g_->factor_bytes == sizeof(float) ? 0 : row;
  std::memcpy(&factor, blob_ + g_->factor_offset + at * sizeof(float), sizeof(float));
  return unit_ * factor;
}

Group RowValues::GroupOf(size_t row, size_t g, float factor) const {
  const size_t at = info_.group == kWholeTensor ? 0 : g_->ScaleAt(row, g);
  const std::byte* zeros = blob_ + g_->zero_offset;
  Group group;
  group.unit = format::LoadElem(blob_ + g_->scale_offset, info_.scale, at);
  group.unit *= factor;
  unsigned selector = 0;
  if (g_->selector_bytes != 0) {
    const std::byte byte = blob_[g_->selector_offset + g_->SelectorByte(row, g)];
    selector = std::to_integer<unsigned>(byte) >> Geometry::SelectorBit(row) & 3u;
  }
  group.integers = book_.values[selector].data();
  if (info_.zero == ZeroKind::kFloat) {
    group.offset = format::LoadElem(zeros, format::OffsetElem(info_), at);
  } else if (info_.zero == ZeroKind::kInteger) {
    group.zero = std::to_integer<int>(zeros[at]);
  } else if (!format::IsBook(info_.format)) {
    group.zero = static_cast<int>(format::NoneZero(info_.format));
  }
  if (info_.super_group != 0) MultiplySuperGroup(g_->FactorAt(row, g / g_->ks.super_length), group);
  return group;
}

void RowValues::MultiplySuperGroup(size_t at, Group& group) const {
  group.unit *= format::LoadElem(blob_ + g_->factor_offset, info_.factor, at);
  if (g_->offset_factor_bytes == 0) return;
  group.offset *= format::LoadElem(blob_ + g_->offset_factor_offset, info_.factor, at);
}

void WriteRun(const Group& group, std::span<const uint8_t> codes, bool by_table, float* out) {
  if (!by_table) {
    for (size_t i = 0; i < codes.size(); ++i) out[i] = group.Value(codes[i]);
    return;
  }
  float table[kTable];
  for (size_t c = 0; c < kTable; ++c) table[c] = group.Value(group.integers[c]);
  for (size_t i = 0; i < codes.size(); ++i) out[i] = table[codes[i]];
}

bool RowValues::Write(size_t row, float* out) const {
  const layout::RowCodes stored(blob_, *g_, info_.format, row);
  const bool any_is_code = codes_ == 1u << g_->planes;
  const float factor = FactorOf(row);
  bool good = true;
  layout::ForEachRun(g_->ks, [&](size_t group, size_t k, size_t count) {
    uint8_t run[layout::kCodeRunBytes];
    stored.Read(k, count, run);
    const std::span<const uint8_t> codes(run, count);
    good = good && (any_is_code || layout::LargestCode(codes) < codes_);
    WriteRun(GroupOf(row, group, factor), codes, codes_ <= kTable, out + k);
  });
  return good;
}

// What tasks share.
struct RowsJob {
  RowValues rows;
  size_t row = 0;
  size_t count = 0;
  size_t k = 0;
  float* out = nullptr;
  size_t task_rows = 1;
  std::atomic<size_t> bad = ~size_t{0};  // the first row with a code that is none
};

void RowsTask(void* context, size_t task) {
  const base::FloatMode mode;
  auto& job = *static_cast<RowsJob*>(context);
  const size_t end = std::min((task + 1) * job.task_rows, job.count);
  for (size_t i = task * job.task_rows; i < end; ++i) {
    if (job.rows.Write(job.row + i, job.out + i * job.k)) continue;
    size_t first = job.bad.load(std::memory_order_relaxed);
    while (job.row + i < first && !job.bad.compare_exchange_weak(first, job.row + i)) {
    }
  }
}

Status CheckRange(const PackedWeights& weights, size_t row, size_t count,
                  std::span<const float> out) {
  const WeightInfo& info = weights.info();
  if (row > info.n || count > info.n - row) {
    return base::MakeStatus(Code::kBadShape, count, " rows from row ", row,
                            " on; the weights have ", info.n);
  }
  if (out.size() % info.k != 0 || out.size() / info.k != count) {
    return base::MakeStatus(Code::kBadShape, "out has ", out.size(), " elements for ", count,
                            " rows of ", info.k);
  }
  const auto begin = [](auto span) { return reinterpret_cast<uintptr_t>(span.data()); };
  const std::span<const std::byte> blob = weights.blob(), bytes = std::as_bytes(out);
  if (begin(bytes) < begin(blob) + blob.size() && begin(blob) < begin(bytes) + bytes.size()) {
    return {Code::kBadArgument, "out lies within the packed weights"};
  }
  return {};
}

Status RunJob(RowsJob& job, WeightFormat format, Threads* threads) {
  const size_t tasks = base::CeilDiv(job.count, job.task_rows);
  if (threads != nullptr && tasks > 1) {
    threads->ParallelFor(tasks, RowsTask, &job);
  } else {
    for (size_t task = 0; task < tasks; ++task) RowsTask(&job, task);
  }
  if (job.bad == ~size_t{0}) return {};
  return base::MakeStatus(Code::kCorruptFile, "row ", job.bad.load(), " holds a code that ",
                          Name(format), " does not have");
}

}  // namespace

Status UnpackRows(const PackedWeights& weights, size_t row, size_t count, std::span<float> out,
                  Threads* threads) noexcept {
  return base::Guarded([&]() -> Status {
    const WeightInfo& info = weights.info();
    const auto geometry = layout::MakeGeometry(info, weights.layout());
    if (!geometry) return Status(Code::kBadArgument, "no packed weights to unpack");
    if (Status status = CheckRange(weights, row, count, out); !status.ok()) return status;
    RowsJob job;
    if (!job.rows.Init(weights, *geometry)) {
      return base::MakeStatus(Code::kCorruptFile, "the stored codebook is none that ",
                              Name(info.format), " can have");
    }
    job.row = row, job.count = count, job.k = info.k, job.out = out.data();
    job.task_rows = base::CeilDiv(kTaskWeights, info.k);
    return RunJob(job, info.format, threads);
  });
}

}  // namespace lutgemm
