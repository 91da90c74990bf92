// What commands ask about checkpoint files beside their tensors.
#ifndef LUTGEMM_TOOLS_CHECKPOINT_H_
#define LUTGEMM_TOOLS_CHECKPOINT_H_

#include <lutgemm/io.hpp>
#include <lutgemm/threads.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace lutgemm::tools {

// The files that hold the tensors of an open checkpoint: the file itself, or the shards that an
// index names.
Result<std::vector<std::string>> DataFiles(const std::string& path);

// Bytes of all of them together.
Result<uint64_t> BytesOfFiles(const std::vector<std::string>& paths);

// True if both paths name the same existing file.
bool SameFile(const std::string& a, const std::string& b);

// Which tensors `repack` packs.
struct TensorFilter {
  std::vector<std::string> include;  // empty: the default choice
  std::vector<std::string> exclude;

  bool Packs(const FileTensor& tensor) const;
};

// Shell pattern: * ? [abc]; '*' also matches dots and slashes.
bool Matches(const std::string& pattern, const std::string& name);

// Float matrices with both sides at least this long are worth packing unless globs say otherwise.
inline constexpr uint64_t kMinSide = 32;

// Squared error of `matrix` against its source, over the sum of squares of the source: 0 for equal,
// all-zero tensors included.
double WeightNmse(const Tensor2D& source, const QuantizedMatrix& matrix, Threads* threads);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_CHECKPOINT_H_
