#include "tools/command/repack/repacker.h"

#include "tools/console/report.h"

#include "base/text.h"
#include "io/errors.h"
#include "io/gguf_values.h"
#include "io/safetensors.h"

#include <fmt/core.h>

#include <memory>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr uint64_t kLargeBytes = uint64_t{1} << 20;
constexpr uint64_t kLargeShare = 100;  // of the model, at least one in so many bytes

// Values of a GGUF that are no text, such as a tokenizer's arrays, are not kept.
Status CopyMetadata(const TensorFile& file, const std::string& path, PackedWriter& writer) {
  const bool gguf = file.container() == "gguf";
  size_t left_out = 0;
  for (const auto& [key, value] : file.metadata()) {
    if (key == "total_size") continue;  // of a shard index: no longer true
    if (gguf && io::IsPlaceholder(value)) {
      ++left_out;
      continue;
    }
    if (Status status = writer.SetMetadata(key, value); !status.ok()) return status;
  }
  if (left_out != 0) {
    Note(fmt::format("{}: {} {} of its metadata {} not kept: arrays, such as a tokenizer's", path,
                     left_out, left_out == 1 ? "key" : "keys", left_out == 1 ? "is" : "are"));
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

// One run: first a plan, then the quantising.
class Repacker {
 public:
  Repacker(const TensorFile& file, const RepackJob& job) : file_(file), job_(job) {
    for (const FileTensor& tensor : file.tensors()) total_ += tensor.bytes.size();
  }

  Result<Repacked> Run() {
    if (const Status status = Plan(); !status.ok()) return OfInput(status);
    if (Status status = Reserve(); !status.ok()) return status;
    const Result<std::unique_ptr<Threads>> threads = MakeThreads(job_.options.threads);
    if (!threads.ok()) return threads.status();
    Progress progress("repack", packed_bytes_);
    uint64_t done = 0;
    for (const FileTensor* tensor : to_pack_) {
      std::vector<std::byte> room;
      const Result<FileTensor> ordered = job_.fold.Apply(*tensor, room);
      if (!ordered.ok()) return OfInput(ordered.status());
      size_t index = 0;
      for (const NamedMatrix& matrix : MatricesOf(*ordered)) {
        progress.Update(done, matrix.name);
        const auto importance = job_.weighing.Of(*tensor, index++, job_.fold);
        if (!importance.ok()) return OfInput(Named(matrix.name, importance.status()));
        const QuantizeOptions options{.importance = *importance, .threads = threads->get()};
        const Status status = PackMatrix(matrix, options);
        if (!status.ok()) return OfInput(status);
        done += matrix.values.rows * matrix.values.cols * ElemBytes(matrix.values.elem);
      }
    }
    return std::move(out_);
  }

 private:
  // Planning, packing, the writer and the fold of an order say what is wrong with a tensor; Run
  // says whose tensor it is.
  Status OfInput(const Status& status) const {
    return io::FileError(status.code(), job_.options.in, status.text());
  }
  static Status Named(std::string_view tensor, const Status& status) {
    return base::MakeStatus(status.code(), "tensor ", io::Quote(tensor), ": ", status.text());
  }

  // What passes through goes to the writer, which says what it cannot keep; of the others the
  // packed sizes are asked for, which are 0 where format, layout and shape do not go together.
  Status Plan() {
    Status copied = CopyMetadata(file_, job_.options.in, out_.writer);
    if (!copied.ok()) return copied;
    if (Status status = KeepOrders(job_.fold, out_.writer); !status.ok()) return status;
    for (const FileTensor& tensor : file_.tensors()) {
      const std::string reason = job_.options.filter.WhyNot(tensor);
      Status status = reason.empty() ? PlanPacked(tensor) : PassThrough(tensor, reason);
      if (!status.ok()) return status;
    }
    return CheckCount();
  }

  // Of many experts in many layers more can come than a file holds.
  Status CheckCount() const {
    // The least that a description and an entry in the header take besides the name, twice.
    constexpr uint64_t kLeastBytes = 240;
    const uint64_t header = kLeastBytes * matrices_ + 2 * name_bytes_;
    if (matrices_ + out_.passed.size() <= io::kMaxTensors && header <= io::kMaxSafetensorsHeader) {
      return {};
    }
    return base::MakeStatus(Code::kUnsupportedFormat, matrices_,
                            " matrices to pack are more than a file's header holds; choose some "
                            "with --include");
  }

  Status PlanPacked(const FileTensor& tensor) {
    // More than any description and its entry in the header take.
    constexpr uint64_t kHeaderBytes = 1024;
    to_pack_.push_back(&tensor);
    packed_bytes_ += tensor.bytes.size();
    const std::vector<NamedMatrix> matrices = MatricesOf(tensor);
    const Tensor2D& values = matrices.front().values;
    const WeightInfo info = InfoOf(job_.spec, values.rows, values.cols);
    const LayoutId layout = job_.options.weights.layout == LayoutId::kDefault
                                ? DefaultLayout(info)
                                : job_.options.weights.layout;
    const size_t blob = PackedBytes(info, layout);
    if (blob == 0) {
      return Named(tensor.name, {Code::kUnsupportedFormat,
                                 fmt::format("{} with group {} in layout {} cannot hold {} x {}",
                                             Name(info.format), GroupText(info.group), Name(layout),
                                             values.rows, values.cols)});
    }
    for (const NamedMatrix& matrix : matrices) {
      if (Status status = CheckName(tensor, matrix); !status.ok()) return status;
      const auto index = static_cast<size_t>(&matrix - matrices.data());
      const auto importance = job_.weighing.Of(tensor, index, job_.fold);
      if (!importance.ok()) return Named(matrix.name, importance.status());
      ++matrices_;
      name_bytes_ += matrix.name.size();
      expected_bytes_ += blob + kHeaderBytes + 2 * matrix.name.size();
    }
    return {};
  }

  // Of a stack's matrix; the writer would find it when the matrix is packed.
  Status CheckName(const FileTensor& tensor, const NamedMatrix& matrix) const {
    if (file_.Find(matrix.name) == nullptr || matrix.name == tensor.name) return {};
    return Named(tensor.name, {Code::kUnsupportedFormat,
                               fmt::format("a tensor of the name of one of its matrices, '{}', "
                                           "is in the file, too; leave one out with --exclude",
                                           matrix.name)});
  }

  Status PassThrough(const FileTensor& tensor, const std::string& reason) {
    std::vector<std::byte> room;
    const Result<FileTensor> ordered = job_.fold.Apply(tensor, room);
    if (!ordered.ok()) return ordered.status();
    if (!room.empty()) out_.rooms.push_back(std::move(room));
    const uint64_t bytes = tensor.bytes.size();
    const bool large = bytes >= kLargeBytes || bytes > total_ / kLargeShare;
    out_.passed.push_back({tensor.name, tensor.dtype, tensor.shape, bytes, reason, large});
    return out_.writer.AddRaw(*ordered);
  }

  Status Reserve() {
    const RepackOptions& options = job_.options;
    if (options.dry_run) return {};
    return out_.writer.Reserve(options.out, options.force, expected_bytes_);
  }

  // Only the packed bytes stay in memory.
  Status PackMatrix(const NamedMatrix& source, const QuantizeOptions& options) {
    const WeightOptions& weights = job_.options.weights;
    const auto matrix = weights.Quantize(source.values, job_.spec, options);
    if (!matrix.ok()) return Named(source.name, matrix.status());
    if (matrix->info.scale != job_.spec.scale) {
      Note(fmt::format("tensor '{}': {} scales, because {} cannot hold its weights", source.name,
                       Name(matrix->info.scale), Name(job_.spec.scale)));
    }
    Result<PackedWeights> packed = Pack(*matrix, weights.layout, options.threads);
    if (!packed.ok()) return Named(source.name, packed.status());
    out_.tensors.push_back({source.name,
                            {source.values.rows, source.values.cols},
                            packed->info(),
                            packed->bits_per_weight(),
                            WeightNmse(source.values, *matrix, options.threads),
                            !options.importance.empty()});
    return out_.writer.AddPacked(source.name, std::move(*packed));
  }

  const TensorFile& file_;
  const RepackJob& job_;
  Repacked out_;
  std::vector<const FileTensor*> to_pack_;
  uint64_t total_ = 0;           // bytes of all tensors
  uint64_t packed_bytes_ = 0;    // of those that are packed, before
  uint64_t expected_bytes_ = 0;  // of the same, after
  uint64_t matrices_ = 0, name_bytes_ = 0;
};

}  // namespace

Result<Repacked> Repack(const TensorFile& file, const RepackJob& job) {
  return Repacker(file, job).Run();
}

}  // namespace lutgemm::tools
