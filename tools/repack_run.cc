#include "tools/repack_run.h"

#include "tools/report.h"

#include <fmt/core.h>

#include <memory>
#include <utility>

namespace lutgemm::tools {
namespace {

// Packs one tensor into the writer; only the packed bytes stay in memory.
Result<RepackedTensor> PackTensor(const FileTensor& tensor, const RepackJob& job, Threads* threads,
                                  PackedWriter& writer) {
  const RepackOptions& options = job.options;
  const Tensor2D source = *tensor.AsMatrix();
  const auto named = [&](const Status& status) {
    return Status(status.code(),
                  fmt::format("{}: tensor '{}': {}", options.in, tensor.name, status.text()));
  };
  const Result<QuantizedMatrix> matrix = options.weights.Quantize(source, job.spec, threads);
  if (!matrix.ok()) return named(matrix.status());
  if (matrix->info.scale != job.spec.scale) {
    Note(fmt::format("tensor '{}': {} scales, because {} cannot hold its weights", tensor.name,
                     Name(matrix->info.scale), Name(job.spec.scale)));
  }
  Result<PackedWeights> packed = Pack(*matrix, options.weights.layout, threads);
  if (!packed.ok()) return named(packed.status());
  RepackedTensor row{tensor.name, tensor.shape, packed->info(), packed->bits_per_weight(),
                     WeightNmse(source, *matrix, threads)};
  if (Status status = writer.AddPacked(tensor.name, std::move(*packed)); !status.ok()) {
    return status;
  }
  return row;
}

Status CopyMetadata(const TensorFile& file, PackedWriter& writer) {
  for (const auto& [key, value] : file.metadata()) {
    if (key == "total_size") continue;  // of a shard index: no longer true
    if (Status status = writer.SetMetadata(key, value); !status.ok()) return status;
  }
  return {};
}

// The orders that were folded in, for whoever must undo them.
Status KeepOrders(const ChannelFold& fold, PackedWriter& writer) {
  if (fold.scope() == OrderScope::kNone) return {};
  for (const FileTensor& order : fold.Orders()) {
    if (Status status = writer.AddRaw(order); !status.ok()) return status;
  }
  Status status = writer.SetMetadata(kOrderKey, std::string(Name(fold.scope())));
  if (!status.ok()) return status;
  return writer.SetMetadata(kOrderHeadKey, fmt::format("{}", fold.head_dim()));
}

// Packs a tensor or passes it through.
Status Add(const FileTensor& tensor, const RepackJob& job, Threads* threads, Repacked& out) {
  std::vector<std::byte> room;
  const Result<FileTensor> ordered = job.fold.Apply(tensor, room);
  if (!ordered.ok()) return ordered.status();
  if (job.options.filter.Packs(tensor)) {
    Result<RepackedTensor> row = PackTensor(*ordered, job, threads, out.writer);
    if (!row.ok()) return row.status();
    out.tensors.push_back(std::move(*row));
    return {};
  }
  if (!room.empty()) out.rooms.push_back(std::move(room));
  ++out.passed;
  out.passed_bytes += tensor.bytes.size();
  return out.writer.AddRaw(*ordered);
}

}  // namespace

Result<Repacked> Repack(const TensorFile& file, const RepackJob& job) {
  const Result<std::unique_ptr<Threads>> threads = MakeThreads(job.options.threads);
  if (!threads.ok()) return threads.status();
  uint64_t total = 0, done = 0;
  for (const FileTensor& tensor : file.tensors()) total += tensor.bytes.size();
  Progress progress("repack", total);
  Repacked out;
  for (const FileTensor& tensor : file.tensors()) {
    progress.Update(done, tensor.name);
    done += tensor.bytes.size();
    if (Status status = Add(tensor, job, threads->get(), out); !status.ok()) return status;
  }
  if (Status status = CopyMetadata(file, out.writer); !status.ok()) return status;
  if (Status status = KeepOrders(job.fold, out.writer); !status.ok()) return status;
  return out;
}

}  // namespace lutgemm::tools
