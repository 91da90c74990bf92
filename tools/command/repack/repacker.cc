#include "tools/command/repack/repacker.h"

#include "tools/command/common/import_options.h"
#include "tools/command/repack/plan.h"
#include "tools/console/report.h"

#include "base/text.h"
#include "io/errors.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

namespace lutgemm::tools {
namespace {

// One run: first a plan, then the quantising.
class Repacker {
 public:
  Repacker(const TensorFile& file, const RepackJob& job) : file_(file), job_(job) {}

  Result<Repacked> Run() {
    Result<RepackPlan> plan = MakeRepackPlan(file_, job_, out_);
    if (!plan.ok()) return OfInput(plan.status());
    plan_ = *std::move(plan);
    if (Status status = Reserve(); !status.ok()) return status;
    const Result<std::unique_ptr<Threads>> threads = MakeThreads(job_.options.threads);
    if (!threads.ok()) return threads.status();
    Progress progress("repack", plan_.packed_bytes);
    uint64_t done = 0;
    for (const PlannedWeights& planned : plan_.to_import) {
      progress.Update(done, planned.weights->name);
      if (Status status = PackImported(planned, threads->get()); !status.ok()) {
        return OfInput(status);
      }
      done += planned.weights->bytes;
    }
    for (const FileTensor* tensor : plan_.to_pack) {
      std::vector<std::byte> room;
      const Result<FileTensor> ordered = job_.fold.Apply(*tensor, room);
      if (!ordered.ok()) return OfInput(ordered.status());
      size_t index = 0;
      for (const NamedMatrix& matrix : MatricesOf(*ordered)) {
        progress.Update(done, matrix.name);
        const auto importance = job_.weighing.Of(*tensor, index++, job_.fold);
        if (!importance.ok()) return OfInput(OfTensor(matrix.name, importance.status()));
        const QuantizeOptions options{.importance = *importance, .threads = threads->get()};
        RepackedTensor row;
        row.name = matrix.name;
        row.source = tensor->dtype;
        row.bits_there = 8.0 * double(ElemBytes(matrix.values.elem));
        const Status status = PackValues(matrix.values, std::move(row), options);
        if (!status.ok()) return OfInput(status);
        done += matrix.values.rows * matrix.values.cols * ElemBytes(matrix.values.elem);
      }
    }
    return std::move(out_);
  }

 private:
  // Planning, packing, the writer and the fold of an order say what is wrong with a tensor; Run
  // says whose tensor it is.
  Status OfInput(const Status& status) const { return InFile(job_.options.in, status); }
  Status Reserve() {
    const RepackOptions& options = job_.options;
    if (options.dry_run) return {};
    return out_.writer.Reserve(options.out, options.force, plan_.expected_bytes);
  }

  // What differs between quantised weights that are kept, those that are quantised anew and floats.
  Status PackImported(const PlannedWeights& planned, Threads* threads) {
    const ImportableWeights& weights = *planned.weights;
    Result<ImportedWeights> imported = job_.importer.Import(weights.name, threads);
    if (!imported.ok()) {
      return base::MakeStatus(imported.status().code(), InOptions(imported.status().text()),
                              "; --exclude lets the tensor pass through");
    }
    RepackedTensor row = RowOf(weights);
    row.act_order = !imported->act_order.empty();
    if (row.act_order) {
      if (Status status = KeepActOrder(weights.name, imported->act_order); !status.ok()) {
        return status;
      }
    }
    row.exact = !planned.requantise;
    if (row.exact) return Add(imported->matrix, std::move(row), threads);
    auto importance = job_.weighing.Of(weights, job_.importer, job_.fold);
    if (!importance.ok()) return OfTensor(weights.name, importance.status());
    const std::vector<float> ordered = InActOrder(*std::move(importance), imported->act_order);
    const auto values = ValuesOf(imported->matrix, threads);
    if (!values.ok()) return OfTensor(weights.name, values.status());
    const Tensor2D source{values->data(), Elem::kF32, weights.info.n, weights.info.k, 0};
    return PackValues(source, std::move(row), {.importance = ordered, .threads = threads});
  }

  static RepackedTensor RowOf(const ImportableWeights& weights) {
    RepackedTensor row;
    row.name = weights.name;
    row.source = weights.type;
    row.bits_there = BitsThere(weights);
    row.note = weights.note;
    return row;
  }

  Status KeepActOrder(const std::string& weights, std::span<const uint32_t> order) {
    const auto bytes = std::as_bytes(order);
    const auto& room = out_.rooms.emplace_back(bytes.begin(), bytes.end());
    FileTensor tensor = ActOrderTensor(weights, order);
    tensor.bytes = room;
    return out_.writer.AddRaw(tensor);
  }

  Status PackValues(const Tensor2D& source, RepackedTensor row, const QuantizeOptions& options) {
    const auto matrix = job_.options.weights.Quantize(source, job_.spec, options);
    if (!matrix.ok()) return OfTensor(row.name, matrix.status());
    if (matrix->info.scale != job_.spec.scale) {
      Note(fmt::format("tensor '{}': {} scales, because {} cannot hold its weights", row.name,
                       Name(matrix->info.scale), Name(job_.spec.scale)));
    }
    row.nmse = WeightNmse(source, *matrix, options.threads);
    row.weighed = !options.importance.empty();
    return Add(*matrix, std::move(row), options.threads);
  }

  // Only the packed bytes stay in memory.
  Status Add(const QuantizedMatrix& matrix, RepackedTensor row, Threads* threads) {
    Result<PackedWeights> packed = Pack(matrix, job_.options.weights.layout, threads);
    if (!packed.ok()) return OfTensor(row.name, packed.status());
    row.shape = {matrix.info.n, matrix.info.k};
    row.info = packed->info();
    row.layout = packed->layout();
    row.bits_per_weight = packed->bits_per_weight();
    std::string name = row.name;
    out_.tensors.push_back(std::move(row));
    return out_.writer.AddPacked(std::move(name), std::move(*packed));
  }

  const TensorFile& file_;
  const RepackJob& job_;
  Repacked out_;
  RepackPlan plan_;
};

}  // namespace

Result<Repacked> Repack(const TensorFile& file, const RepackJob& job) {
  return Repacker(file, job).Run();
}

}  // namespace lutgemm::tools
