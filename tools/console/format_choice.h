// Names of weight formats on the command line: those of the library, bfp<m>b<n>, codebook:FILE, and
// block types of GGUF, which nothing quantises to.
#ifndef LUTGEMM_TOOLS_CONSOLE_FORMAT_CHOICE_H_
#define LUTGEMM_TOOLS_CONSOLE_FORMAT_CHOICE_H_

#include <lutgemm/import.hpp>
#include <lutgemm/weights.hpp>

#include <optional>
#include <string>

namespace lutgemm::tools {

struct FormatChoice {
  WeightFormat format = WeightFormat::kInt4;
  std::optional<uint32_t> group;   // the n of bfp<m>b<n>
  std::optional<Codebook> book;    // of codebook:FILE
  std::string book_path{};         // that FILE
  std::optional<GgufType> gguf{};  // of a block type, whose format and group depend on it alone
  std::string gguf_name{};         // "Q4_K"

  // Quantises as `spec`, whose format is `format`, with `book` where there is one.
  Result<QuantizedMatrix> Quantize(const Tensor2D& weights, const QuantSpec& spec,
                                   QuantizeOptions options) const;
};

// Throws CLI::ValidationError in the name of `option`, which ends parsing with exit code 2. Reads
// the file of codebook:FILE (book_file.h).
FormatChoice ParseFormatChoice(const std::string& text, const std::string& option);

// Of the option, whether it takes one format or a list of them.
inline constexpr char kFormatNames[] = "--format,--formats";

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_CONSOLE_FORMAT_CHOICE_H_
