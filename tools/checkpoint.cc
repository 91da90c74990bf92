#include "tools/checkpoint.h"

#include "base/bits.h"
#include "format/fp.h"
#include "io/errors.h"
#include "io/mapped_file.h"
#include "io/safetensors.h"
#include "io/shard_index.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <set>
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

Result<std::vector<std::string>> DataFiles(const std::string& path) {
  const auto file = io::MappedFile::Open(path);
  if (!file.ok()) return file.status();
  const auto bytes = (*file)->bytes();
  if (io::LooksLikeSafetensors(bytes) || !io::LooksLikeJson(bytes)) {
    return std::vector<std::string>{path};
  }
  const Result<io::ShardIndex> index = io::ParseShardIndex(bytes, path);
  if (!index.ok()) return index.status();
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : index->shard_of) shards.insert(shard);
  std::vector<std::string> paths;
  for (const std::string& shard : shards) {
    paths.push_back(path.substr(0, path.rfind('/') + 1) + shard);
  }
  return paths;
}

Result<uint64_t> BytesOfFiles(const std::vector<std::string>& paths) {
  uint64_t sum = 0;
  for (const std::string& path : paths) {
    std::error_code error;
    sum += std::filesystem::file_size(path, error);
    if (error) return io::IoError(path, "cannot ask for its size", error.value());
  }
  return sum;
}

bool SameFile(const std::string& a, const std::string& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error) && !error;
}

bool Matches(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

bool TensorFilter::Packs(const FileTensor& tensor) const {
  if (!tensor.AsMatrix() || MatchesAny(exclude, tensor.name)) return false;
  if (!include.empty()) return MatchesAny(include, tensor.name);
  return tensor.name.ends_with(".weight") && !IsEmbedding(tensor.name) &&
         tensor.shape[0] >= kMinSide && tensor.shape[1] >= kMinSide;
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
