#include "tools/command/common/checkpoint.h"

#include "base/bits.h"
#include "format/fp.h"
#include "io/errors.h"
#include "quant/spec.h"

#include <fmt/core.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace lutgemm::tools {
namespace {

bool MatchesAny(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return Matches(pattern, name); });
}

// Embeddings are looked up by row, not multiplied: "embed" in Hugging Face names, "embd" in GGUF.
bool IsEmbedding(const std::string& name) {
  return name.find("embed") != name.npos || name.find("embd") != name.npos;
}

// Why no tensor of this kind can be packed, or nothing.
std::string NotMatrices(const FileTensor& tensor) {
  if (!tensor.elem) return fmt::format("is {}; F32, F16 and BF16 can be packed", tensor.dtype);
  if (tensor.shape.size() != 2 && tensor.shape.size() != 3) {
    return tensor.shape.empty() ? "is a scalar"
                                : fmt::format(
                                      "has {} dimension{}; matrices and stacks of them can "
                                      "be packed",
                                      tensor.shape.size(), tensor.shape.size() == 1 ? "" : "s");
  }
  if (tensor.bytes.empty()) return "has no elements";
  const uint64_t rows = tensor.shape[tensor.shape.size() - 2];
  if (rows <= quant::kMaxN && tensor.shape.back() <= kMaxK) return {};
  return fmt::format("has a side too long to pack; {} rows and {} columns are the limits",
                     quant::kMaxN, kMaxK);
}

// The last part of a name, without ".weight".
std::string_view Module(std::string_view name) {
  constexpr std::string_view kWeight = ".weight";
  if (name.ends_with(kWeight)) name.remove_suffix(kWeight.size());
  const size_t dot = name.rfind('.');
  return dot == name.npos ? name : name.substr(dot + 1);
}

// Why a matrix, or a stack of them, is not worth packing unless globs ask for it, or nothing.
std::string NotByDefault(const FileTensor& tensor) {
  const uint64_t rows = tensor.shape[tensor.shape.size() - 2];
  std::string why = WhyNotQuantised(tensor.name, rows, tensor.shape.back());
  if (!why.empty()) return why;
  const std::string_view module = Module(tensor.name);
  const bool projection = module.ends_with("_proj");
  if (tensor.shape.size() == 3) {
    const bool experts = module.ends_with("_exps") || module.ends_with("experts") ||
                         tensor.name.find("experts.") != tensor.name.npos;
    if (!projection && !experts) {
      return "has 3 dimensions, and its name is not that of stacked experts";
    }
  } else if (!projection && !tensor.name.ends_with(".weight")) {
    return "name ends neither in '.weight' nor in '_proj'";
  }
  return {};
}

struct RowErrors {
  const Tensor2D& source;
  const QuantizedMatrix& matrix;
  size_t task_rows;                  // of one task: little work is not worth another thread
  std::vector<double> error, power;  // per row, so that the sum does not depend on threads
};

void MeasureRow(RowErrors& rows, size_t row) {
  const size_t stride = rows.source.stride != 0 ? rows.source.stride : rows.source.cols;
  double error = 0.0, power = 0.0;
  for (size_t col = 0; col < rows.source.cols; ++col) {
    const double exact = format::LoadElem(rows.source.data, rows.source.elem, row * stride + col);
    const double difference = rows.matrix.Value(row, col) - exact;
    error += difference * difference;
    power += exact * exact;
  }
  rows.error[row] = error;
  rows.power[row] = power;
}

void MeasureRows(void* context, size_t task) {
  auto& rows = *static_cast<RowErrors*>(context);
  const size_t begin = task * rows.task_rows;
  for (size_t row = begin; row < std::min(begin + rows.task_rows, rows.source.rows); ++row) {
    MeasureRow(rows, row);
  }
}

}  // namespace

Result<uint64_t> BytesOfFiles(std::span<const std::string> paths) {
  uint64_t sum = 0;
  for (const std::string& path : paths) {
    std::error_code error;
    sum += std::filesystem::file_size(path, error);
    if (error) return io::IoError(path, "cannot ask for its size", error.value());
  }
  return sum;
}

bool Matches(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

std::string MatrixName(const std::string& tensor, size_t index) {
  return fmt::format("{}[{}]", tensor, index);
}

std::vector<NamedMatrix> MatricesOf(const FileTensor& tensor) {
  if (const auto matrix = tensor.AsMatrix()) {
    if (matrix->rows == 0 || matrix->cols == 0) return {};
    return {{tensor.name, *matrix}};
  }
  if (!tensor.elem || tensor.shape.size() != 3 || tensor.bytes.empty()) return {};
  const auto count = static_cast<size_t>(tensor.shape[0]);
  const size_t bytes = tensor.bytes.size() / count;
  std::vector<NamedMatrix> matrices;
  for (size_t i = 0; i < count; ++i) {
    const Tensor2D values{tensor.bytes.data() + i * bytes, *tensor.elem,
                          static_cast<size_t>(tensor.shape[1]),
                          static_cast<size_t>(tensor.shape[2]), 0};
    matrices.push_back({MatrixName(tensor.name, i), values});
  }
  return matrices;
}

std::string TensorFilter::WhyNot(const FileTensor& tensor) const {
  if (std::string why = WhyNotNamed(tensor.name); !why.empty()) return why;
  if (std::string why = NotMatrices(tensor); !why.empty()) return why;
  return include.empty() ? NotByDefault(tensor) : std::string();
}

std::string TensorFilter::WhyNotNamed(const std::string& name) const {
  if (MatchesAny(exclude, name)) return "matches --exclude";
  if (!include.empty() && !MatchesAny(include, name)) return "does not match --include";
  return {};
}

std::string WhyNotQuantised(const std::string& name, uint64_t rows, uint64_t cols) {
  if (IsEmbedding(name)) return "is an embedding by its name";
  return std::min(rows, cols) >= kMinSide ? std::string()
                                          : fmt::format("has a side below {}", kMinSide);
}

double WeightNmse(const Tensor2D& source, const QuantizedMatrix& matrix, Threads* threads) {
  constexpr size_t kTaskWeights = size_t{1} << 16;
  RowErrors rows{source, matrix, base::CeilDiv(kTaskWeights, std::max<size_t>(source.cols, 1)),
                 std::vector<double>(source.rows), std::vector<double>(source.rows)};
  const size_t tasks = base::CeilDiv(source.rows, rows.task_rows);
  if (threads != nullptr && tasks > 1) {
    threads->ParallelFor(tasks, &MeasureRows, &rows);
  } else {
    for (size_t task = 0; task < tasks; ++task) MeasureRows(&rows, task);
  }
  double error = 0.0, power = 0.0;
  for (size_t row = 0; row < source.rows; ++row) {
    error += rows.error[row];
    power += rows.power[row];
  }
  return error == 0.0 ? 0.0 : error / power;
}

}  // namespace lutgemm::tools
