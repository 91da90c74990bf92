#include "tools/command/repack/plan.h"

#include "base/text.h"
#include "io/errors.h"
#include "io/gguf_values.h"
#include "io/safetensors.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
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

class Planner {
 public:
  Planner(const TensorFile& file, const RepackJob& job, Repacked& out)
      : file_(file), job_(job), out_(out) {
    for (const FileTensor& tensor : file.tensors()) total_ += tensor.bytes.size();
  }

  // What passes through goes to the writer, which says what it cannot keep; of the others the
  // packed sizes are asked for, which are 0 where format, layout and shape do not go together.
  Result<RepackPlan> Run() {
    Status copied = CopyMetadata(file_, job_.options.in, out_.writer);
    if (!copied.ok()) return copied;
    if (Status status = KeepOrders(job_.fold, out_.writer); !status.ok()) return status;
    for (const ImportableWeights& weights : job_.importer.weights()) {
      if (Status status = PlanQuantised(weights); !status.ok()) return status;
    }
    for (const FileTensor& tensor : file_.tensors()) {
      if (consumed_.contains(tensor.name)) continue;
      const auto refused = refused_.find(tensor.name);
      const bool quantised = refused != refused_.end();
      const std::string reason = quantised ? refused->second : WhyNotPacked(job_, tensor);
      Status status = reason.empty() ? PlanPacked(tensor) : PassThrough(tensor, reason, quantised);
      if (!status.ok()) return status;
    }
    if (Status status = CheckCount(); !status.ok()) return status;
    return std::move(plan_);
  }

 private:
  // Tensors of weights that are packed are left out, unless others that pass through need them.
  Status PlanQuantised(const ImportableWeights& weights) {
    const Decision decision = Decide(weights, job_.options.filter, job_.options.weights.named);
    if (decision.fate == Fate::kPass) {
      for (const std::string& tensor : weights.tensors) {
        refused_.emplace(tensor, decision.reason);
        consumed_.erase(tensor);
      }
      return {};
    }
    for (const std::string& tensor : weights.tensors) {
      if (!refused_.contains(tensor)) consumed_.insert(tensor);
    }
    const bool requantise = decision.fate == Fate::kRequantise;
    const FileTensor* other = file_.Find(weights.name);
    if (other != nullptr && std::ranges::count(weights.tensors, weights.name) == 0) {
      return NameTaken(weights.tensors.front(), weights.name);
    }
    const WeightInfo& info = weights.info;
    plan_.to_import.push_back({&weights, requantise});
    plan_.packed_bytes += weights.bytes;
    if (requantise) {
      const auto importance = job_.weighing.Of(weights, job_.importer, job_.fold);
      if (!importance.ok()) return OfTensor(weights.name, importance.status());
    }
    return Expect(weights.name, requantise ? InfoOf(job_.spec, info.n, info.k) : info);
  }

  // Room for a matrix, or why it cannot be packed so.
  Status Expect(const std::string& name, const WeightInfo& info) {
    // More than any description and its entry in the header take.
    constexpr uint64_t kHeaderBytes = 1024;
    const LayoutId asked = job_.options.weights.layout;
    const LayoutId layout = asked == LayoutId::kDefault ? DefaultLayout(info) : asked;
    const size_t blob = PackedBytes(info, layout);
    if (blob == 0) {
      return OfTensor(
          name, {Code::kUnsupportedFormat,
                 fmt::format("{} with group {} in layout {} cannot hold {} x {}", Name(info.format),
                             GroupsText(info), Name(layout), info.n, info.k)});
    }
    ++matrices_;
    name_bytes_ += name.size();
    plan_.expected_bytes += blob + kHeaderBytes + 2 * name.size();
    return {};
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
    plan_.to_pack.push_back(&tensor);
    plan_.packed_bytes += tensor.bytes.size();
    const std::vector<NamedMatrix> matrices = MatricesOf(tensor);
    const Tensor2D& values = matrices.front().values;
    const WeightInfo info = InfoOf(job_.spec, values.rows, values.cols);
    for (const NamedMatrix& matrix : matrices) {
      if (file_.Find(matrix.name) != nullptr && matrix.name != tensor.name) {
        return NameTaken(tensor.name, matrix.name);
      }
      const auto index = static_cast<size_t>(&matrix - matrices.data());
      const auto importance = job_.weighing.Of(tensor, index, job_.fold);
      if (!importance.ok()) return OfTensor(matrix.name, importance.status());
      if (Status status = Expect(matrix.name, info); !status.ok()) return status;
    }
    return {};
  }

  // The writer would find it when the matrix is packed.
  static Status NameTaken(const std::string& tensor, const std::string& matrix) {
    return OfTensor(tensor, {Code::kUnsupportedFormat,
                             fmt::format("a tensor of the name of one of its matrices, '{}', "
                                         "is in the file, too; leave one out with --exclude",
                                         matrix)});
  }

  Status PassThrough(const FileTensor& tensor, const std::string& reason, bool quantised) {
    std::vector<std::byte> room;
    const Result<FileTensor> ordered = job_.fold.Apply(tensor, room);
    if (!ordered.ok()) return ordered.status();
    if (!room.empty()) out_.rooms.push_back(std::move(room));
    const uint64_t bytes = tensor.bytes.size();
    const bool large = bytes >= kLargeBytes || bytes > total_ / kLargeShare;
    out_.passed.push_back(
        {tensor.name, tensor.dtype, tensor.shape, bytes, reason, large, quantised});
    if (const auto note = NoteOfBlocks(tensor)) {
      if (Status status = out_.writer.SetMetadata(note->key, note->value); !status.ok()) {
        return status;
      }
    }
    return out_.writer.AddRaw(AsPassed(*ordered));
  }

  const TensorFile& file_;
  const RepackJob& job_;
  Repacked& out_;
  RepackPlan plan_;
  std::map<std::string, std::string> refused_;  // tensors of weights that pass through, and why
  std::set<std::string> consumed_;              // tensors that packed weights stand for
  uint64_t total_ = 0;                          // bytes of all tensors
  uint64_t matrices_ = 0, name_bytes_ = 0;
};

}  // namespace

std::string WhyNotPacked(const RepackJob& job, const FileTensor& tensor) {
  std::string why = job.options.filter.WhyNot(tensor);
  if (!why.empty() || job.options.weights.named || job.importer.weights().empty()) return why;
  return "is float beside quantised weights; --format packs it";
}

Status OfTensor(std::string_view tensor, const Status& status) {
  return base::MakeStatus(status.code(), "tensor ", io::Quote(tensor), ": ", status.text());
}

Result<RepackPlan> MakeRepackPlan(const TensorFile& file, const RepackJob& job, Repacked& out) {
  return Planner(file, job, out).Run();
}

}  // namespace lutgemm::tools
