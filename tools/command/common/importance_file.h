// Importance matrices as llama.cpp writes them: for each weight how much energy its channels carry,
// the mean square of the activations that each column met on some text. Two kinds, told apart by
// content: GGUF (general.type "imatrix"; NAME.in_sum2 and NAME.counts), and an older binary file.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_IMPORTANCE_FILE_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_IMPORTANCE_FILE_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

// Means of squares by the name of the weight, [matrices][K]: of stacked experts each has its own.
// All are finite and not negative. Of a matrix that met no activation they are 0.
using ImportanceEntries = std::map<std::string, std::vector<float>, std::less<>>;

// `name` names the file in errors, which also tell the entry or tensor and the offset in the file:
// kCorruptFile, or kUnsupportedFormat for a GGUF of a version or type that is not known.
Result<ImportanceEntries> ParseImportance(std::span<const std::byte> file, std::string_view name);
// kIo, too, where the file cannot be read.
Result<ImportanceEntries> ReadImportance(const std::string& path);

// One matrix of a tensor: of a stack the one at `index`, of `matrices`; 0 of 1 otherwise.
struct ImportanceQuery {
  std::string tensor;  // as the checkpoint calls it: a GGUF or a Hugging Face name
  size_t index = 0;
  size_t matrices = 1;
  size_t k = 0;  // at least 1
};
// Of the columns of a matrix, [K]; empty where there is no entry for it. An entry is found by the
// tensor's own name or by that of the other convention (importance_names.h). An entry of K values
// serves every matrix of a stack. kBadShape where an entry has another number of values.
Result<std::span<const float>> FindImportance(const ImportanceEntries& entries,
                                              const ImportanceQuery& query);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_IMPORTANCE_FILE_H_
