#include "tools/command/verify/original.h"

#include "tools/command/common/checkpoint.h"
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

std::optional<Tensor2D> MatrixCalled(const FileTensor& tensor, const std::string& name) {
  for (const NamedMatrix& matrix : MatricesOf(tensor)) {
    if (matrix.name == name) return matrix.values;
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

}  // namespace

std::string CompareWeights(const Original& original, const QuantizedMatrix& matrix,
                           Threads* threads, VerifiedTensor& tensor) {
  const FileTensor* found = FindSource(original.file, tensor.name);
  if (found == nullptr) return "is not in the original";
  std::vector<std::byte> room;
  const Result<FileTensor> source = original.fold.Apply(*found, room);
  if (!source.ok()) return source.status().text();
  const std::optional<Tensor2D> values = MatrixCalled(*source, tensor.name);
  if (!values) return "is no float matrix in the original";
  if (values->rows != matrix.info.n || values->cols != matrix.info.k) {
    return fmt::format("is {} in the original, but {} x {} here",
                       ShapeText({values->rows, values->cols}), matrix.info.n, matrix.info.k);
  }
  tensor.weight_nmse = WeightNmse(*values, matrix, threads);
  const Result<std::string> difference = DifferenceFrom(*values, matrix, threads);
  return difference.ok() ? *difference : difference.status().text();
}

void ComparePassed(const TensorFile& file, const Original& original, VerifyReport& report) {
  std::set<std::string> packed;
  for (const VerifiedTensor& tensor : report.tensors) packed.insert(tensor.name);
  for (const FileTensor& stored : original.file.tensors()) {
    std::vector<std::byte> room;
    const Result<FileTensor> ordered = original.fold.Apply(stored, room);
    const FileTensor& source = ordered.ok() ? *ordered : stored;
    const FileTensor* copy = file.Find(source.name);
    if (copy == nullptr) {
      const std::string missing = MissingMatrix(packed, source);
      if (missing.empty()) continue;
      report.failures.push_back(
          fmt::format("tensor '{}': is missing from the packed file", missing));
    } else if (!packed.contains(source.name) &&
               (copy->dtype != source.dtype || copy->shape != source.shape ||
                !std::equal(copy->bytes.begin(), copy->bytes.end(), source.bytes.begin(),
                            source.bytes.end()))) {
      report.failures.push_back(fmt::format("tensor '{}': differs from the original", source.name));
    }
  }
}

void FindAdded(const io::PackedContents& contents, const Original& original, VerifyReport& report) {
  std::set<std::string> known;
  for (const FileTensor& tensor : original.file.tensors()) known.insert(tensor.name);
  for (const FileTensor& order : original.fold.Orders()) known.insert(order.name);
  for (const io::PassedTensor& tensor : contents.passed) {
    if (known.contains(tensor.name)) continue;
    report.failures.push_back(fmt::format("tensor '{}': is not in the original", tensor.name));
  }
}

}  // namespace lutgemm::tools
