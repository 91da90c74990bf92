// What commands ask about checkpoint files beside their tensors.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_CHECKPOINT_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_CHECKPOINT_H_

#include <lutgemm/io.hpp>
#include <lutgemm/threads.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lutgemm::tools {

// Bytes of all files together.
Result<uint64_t> BytesOfFiles(std::span<const std::string> paths);

// A matrix of a float tensor. Of a tensor [E][N][K], such as the stacked experts of a layer, every
// N x K is one, and their names are NAME[0] to NAME[E-1].
struct NamedMatrix {
  std::string name;
  Tensor2D values;
};
// Empty where the tensor has no elements, or is no float tensor of two or three dimensions.
std::vector<NamedMatrix> MatricesOf(const FileTensor& tensor);
// The name of matrix `index` of a stack.
std::string MatrixName(const std::string& tensor, size_t index);

// Which tensors `repack` packs.
struct TensorFilter {
  std::vector<std::string> include;  // empty: the default choice
  std::vector<std::string> exclude;

  // Why the tensor passes through, or nothing where it is packed.
  std::string WhyNot(const FileTensor& tensor) const;
  bool Packs(const FileTensor& tensor) const { return WhyNot(tensor).empty(); }
  // What the globs alone say against a name, or nothing.
  std::string WhyNotNamed(const std::string& name) const;
};
// Why a matrix of the name and sides is not worth quantising unless globs ask for it, or nothing.
std::string WhyNotQuantised(const std::string& name, uint64_t rows, uint64_t cols);

// Shell pattern: * ? [abc]; '*' also matches dots and slashes.
bool Matches(const std::string& pattern, const std::string& name);

// Float matrices with both sides at least this long are worth packing unless globs say otherwise.
inline constexpr uint64_t kMinSide = 32;

// Squared error of `matrix` against its source, over the sum of squares of the source: 0 for equal,
// all-zero tensors included.
double WeightNmse(const Tensor2D& source, const QuantizedMatrix& matrix, Threads* threads);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_CHECKPOINT_H_
