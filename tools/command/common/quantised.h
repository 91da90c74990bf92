// Quantised weights of checkpoints, as `repack` packs them: which, under which names, and what
// stays as it is.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_QUANTISED_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_QUANTISED_H_

#include "tools/command/common/checkpoint.h"
#include "tools/console/report.h"

#include <lutgemm/import.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

// What becomes of quantised weights.
enum class Fate : uint8_t {
  kKeep,        // packed as they are, their values exactly
  kRequantise,  // packed in the format that --format names
  kPass,        // their tensors pass through
};
struct Decision {
  Fate fate = Fate::kKeep;
  std::string reason;  // of kPass; of kKeep where a format was named
};
// `format`: whether the command line names one. Without globs embeddings and matrices with a short
// side keep what they have, as float ones do.
Decision Decide(const ImportableWeights& weights, const TensorFilter& filter, bool format);

// The name without the number of an expert: what globs and importance matrices go by.
std::string_view StackName(std::string_view name);
// Bits per weight that the file takes; 0 where the shape is unknown.
double BitsThere(const ImportableWeights& weights);

// The weights as f32, [n][k]: QuantizedMatrix::Value, rounded once.
Result<std::vector<float>> ValuesOf(const QuantizedMatrix& matrix, Threads* threads);

// A tensor as a safetensors file can keep it: blocks of GGUF as a list of U8 bytes,
// everything else unchanged.
FileTensor AsPassed(const FileTensor& tensor);
// For blocks: the metadata key and value that say what the bytes are.
struct BlocksNote {
  std::string key, value;
};
std::optional<BlocksNote> NoteOfBlocks(const FileTensor& tensor);

// The tensor beside packed weights whose channels stand in another order: I32 [K], Problem's
// act_order. `order` is borrowed.
std::string ActOrderName(std::string_view weights);
FileTensor ActOrderTensor(std::string_view weights, std::span<const uint32_t> order);

// "32", or "16 in 256" with super-groups; the scales' type, or "u8 x f16".
std::string GroupsText(const WeightInfo& info);
std::string ScalesText(const WeightInfo& info);
// Format, group, scale and zeros, and with super-groups those and their factors' type.
Json FormatJson(const WeightInfo& info);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_QUANTISED_H_
