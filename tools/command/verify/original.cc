#include "tools/command/verify/original.h"

#include "tools/command/common/quantised.h"
#include "tools/command/verify/source.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace lutgemm::tools {
namespace {

// The tensor that a packed one was made from: of its name, or the stack that it is a matrix of.
const FileTensor* FindSource(const TensorFile& original, const std::string& name) {
  if (const FileTensor* found = original.Find(name)) return found;
  const size_t bracket = name.rfind('[');
  return bracket == name.npos ? nullptr : original.Find(name.substr(0, bracket));
}

// A matrix of a tensor: `index` of those that it stacks, or 0.
struct FoundMatrix {
  Tensor2D values;
  size_t index = 0;
};
std::optional<FoundMatrix> MatrixCalled(const FileTensor& tensor, const std::string& name) {
  size_t index = 0;
  for (const NamedMatrix& matrix : MatricesOf(tensor)) {
    if (matrix.name == name) return FoundMatrix{matrix.values, index};
    ++index;
  }
  return std::nullopt;
}

// The first matrix of a stack that is not packed, or nothing; the stack's own name where none is.
std::string MissingMatrix(const std::set<std::string>& packed, const FileTensor& stack) {
  const std::vector<NamedMatrix> matrices = MatricesOf(stack);
  std::string missing;
  size_t found = 0;
  for (const NamedMatrix& matrix : matrices) {
    if (packed.contains(matrix.name)) {
      ++found;
    } else if (missing.empty()) {
      missing = matrix.name;
    }
  }
  return found == 0 ? stack.name : missing;
}

bool SameInfo(const WeightInfo& a, const WeightInfo& b) {
  return a.format == b.format && a.zero == b.zero && a.scale == b.scale && a.group == b.group &&
         a.super_group == b.super_group && (a.super_group == 0 || a.factor == b.factor);
}

// As CompareWeights, with weights that the original has quantised: these are kept, or what
// quantising their values gives. options.importance is that of the checkpoint's columns.
std::string CompareImported(ImportedWeights imported, const QuantizedMatrix& matrix,
                            QuantizeOptions options, VerifiedTensor& tensor) {
  const QuantizedMatrix& source = imported.matrix;
  Threads* threads = options.threads;
  if (source.info.n != matrix.info.n || source.info.k != matrix.info.k) {
    return fmt::format("is {} in the original, but {} x {} here",
                       ShapeText({source.info.n, source.info.k}), matrix.info.n, matrix.info.k);
  }
  tensor.act_order = std::move(imported.act_order);
  std::string kept;
  if (SameInfo(source.info, matrix.info)) {
    kept = DifferenceBetween(matrix, source, "the original's");
    tensor.kept = kept.empty();
    tensor.weight_nmse = 0.0;
    if (tensor.kept) return {};
  }
  const auto values = ValuesOf(source, threads);
  if (!values.ok()) return values.status().text();
  const Tensor2D floats{values->data(), Elem::kF32, source.info.n, source.info.k, 0};
  tensor.weight_nmse = WeightNmse(floats, matrix, threads);
  if (matrix.info.super_group != 0) {
    return kept.empty() ? "its scales have two levels, which the original's do not have" : kept;
  }
  const std::vector<float> importance =
      InActOrder({options.importance.begin(), options.importance.end()}, tensor.act_order);
  options.importance = importance;
  const Result<std::string> anew = DifferenceFrom(floats, matrix, options);
  if (!anew.ok()) return anew.status().text();
  return anew->empty() || kept.empty() ? *anew : kept;
}

// Tensors of the original that packed weights stand for: these need not be in the file.
std::set<std::string> Consumed(const Importer& importer, const std::set<std::string>& packed) {
  std::set<std::string> consumed, needed;
  for (const ImportableWeights& weights : importer.weights()) {
    auto& tensors = packed.contains(weights.name) ? consumed : needed;
    tensors.insert(weights.tensors.begin(), weights.tensors.end());
  }
  for (const std::string& tensor : needed) consumed.erase(tensor);
  return consumed;
}

bool SameTensor(const FileTensor& a, const FileTensor& b) {
  return a.dtype == b.dtype && a.shape == b.shape && std::ranges::equal(a.bytes, b.bytes);
}

// The order that weights need stands beside them, and no other.
void CompareOrder(const TensorFile& file, const VerifiedTensor& tensor, VerifyReport& report) {
  const FileTensor* found = file.Find(ActOrderName(tensor.name));
  if (tensor.act_order.empty()) return;
  const FileTensor wanted = ActOrderTensor(tensor.name, tensor.act_order);
  if (found != nullptr && SameTensor(*found, wanted)) return;
  report.failures.push_back(fmt::format(
      "tensor '{}': {}", wanted.name,
      found == nullptr ? "is missing from the packed file" : "is not the order of the original"));
}

}  // namespace

std::string CompareWeights(const Original& original, const QuantizedMatrix& matrix,
                           Threads* threads, VerifiedTensor& tensor) {
  const ImportableWeights* weights = original.importer.Find(tensor.name);
  if (weights != nullptr && weights->refusal.empty()) {
    auto imported = original.importer.Import(tensor.name, threads);
    if (!imported.ok()) return "cannot be read in the original: " + imported.status().text();
    const auto importance = original.weighing.Of(*weights, original.importer, original.fold);
    if (!importance.ok()) return importance.status().text();
    const QuantizeOptions options{.importance = *importance, .threads = threads};
    return CompareImported(*std::move(imported), matrix, options, tensor);
  }
  const FileTensor* found = FindSource(original.file, tensor.name);
  if (found == nullptr) return "is not in the original";
  std::vector<std::byte> room;
  const Result<FileTensor> source = original.fold.Apply(*found, room);
  if (!source.ok()) return source.status().text();
  const std::optional<FoundMatrix> matched = MatrixCalled(*source, tensor.name);
  if (!matched) return "is no float matrix in the original";
  const Tensor2D& values = matched->values;
  if (values.rows != matrix.info.n || values.cols != matrix.info.k) {
    return fmt::format("is {} in the original, but {} x {} here",
                       ShapeText({values.rows, values.cols}), matrix.info.n, matrix.info.k);
  }
  const auto importance = original.weighing.Of(*found, matched->index, original.fold);
  if (!importance.ok()) return importance.status().text();
  tensor.weight_nmse = WeightNmse(values, matrix, threads);
  const Result<std::string> difference =
      DifferenceFrom(values, matrix, {.importance = *importance, .threads = threads});
  return difference.ok() ? *difference : difference.status().text();
}

void ComparePassed(const TensorFile& file, const Original& original, VerifyReport& report) {
  std::set<std::string> packed;
  for (const VerifiedTensor& tensor : report.tensors) packed.insert(tensor.name);
  for (const VerifiedTensor& tensor : report.tensors) CompareOrder(file, tensor, report);
  const std::set<std::string> consumed = Consumed(original.importer, packed);
  for (const FileTensor& stored : original.file.tensors()) {
    if (consumed.contains(stored.name)) continue;
    std::vector<std::byte> room;
    const Result<FileTensor> ordered = original.fold.Apply(stored, room);
    const FileTensor source = AsPassed(ordered.ok() ? *ordered : stored);
    const FileTensor* copy = file.Find(source.name);
    if (copy == nullptr) {
      const std::string missing = MissingMatrix(packed, source);
      if (missing.empty()) continue;
      report.failures.push_back(
          fmt::format("tensor '{}': is missing from the packed file", missing));
    } else if (!packed.contains(source.name) && !SameTensor(*copy, source)) {
      report.failures.push_back(fmt::format("tensor '{}': differs from the original", source.name));
    }
  }
}

void FindAdded(const io::PackedContents& contents, const Original& original, VerifyReport& report) {
  std::set<std::string> known;
  for (const FileTensor& tensor : original.file.tensors()) known.insert(tensor.name);
  for (const FileTensor& order : original.fold.Orders()) known.insert(order.name);
  for (const VerifiedTensor& tensor : report.tensors) {
    if (!tensor.act_order.empty()) known.insert(ActOrderName(tensor.name));
  }
  for (const io::PassedTensor& tensor : contents.passed) {
    if (known.contains(tensor.name)) continue;
    report.failures.push_back(fmt::format("tensor '{}': is not in the original", tensor.name));
  }
}

}  // namespace lutgemm::tools
