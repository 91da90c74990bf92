#include "tools/command/common/quantised.h"

#include "io/dtype.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace lutgemm::tools {
namespace {

// The refusal's reason without the tensor's name, which stands beside it.
std::string WithoutName(const std::string& refusal) {
  constexpr std::string_view kEnd = "': ";
  const size_t end = refusal.find(kEnd);
  const bool named = refusal.starts_with("tensor '") || refusal.starts_with("weights '");
  return named && end != refusal.npos ? refusal.substr(end + kEnd.size()) : refusal;
}

}  // namespace

Decision Decide(const ImportableWeights& weights, const TensorFilter& filter, bool format) {
  if (!weights.refusal.empty()) return {Fate::kPass, WithoutName(weights.refusal)};
  const std::string name(StackName(weights.name));
  if (std::string why = filter.WhyNotNamed(name); !why.empty()) return {Fate::kPass, why};
  if (!format) return {Fate::kKeep, {}};
  if (filter.include.empty()) {
    std::string why = WhyNotQuantised(name, weights.info.n, weights.info.k);
    if (!why.empty()) return {Fate::kKeep, std::move(why)};
  }
  return {Fate::kRequantise, {}};
}

std::string_view StackName(std::string_view name) {
  const size_t bracket = name.rfind('[');
  if (bracket == name.npos || !name.ends_with(']')) return name;
  const std::string_view digits = name.substr(bracket + 1, name.size() - bracket - 2);
  const bool number = !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
  return number ? name.substr(0, bracket) : name;
}

double BitsThere(const ImportableWeights& weights) {
  const double count = double(weights.info.n) * double(weights.info.k);
  return count == 0 ? 0.0 : 8.0 * double(weights.bytes) / count;
}

Result<std::vector<float>> ValuesOf(const QuantizedMatrix& matrix, Threads* threads) {
  const Result<PackedWeights> packed = Pack(matrix, LayoutId::kDefault, threads);
  if (!packed.ok()) return packed.status();
  std::vector<float> values(matrix.info.n * matrix.info.k);
  Status status = UnpackRows(*packed, 0, matrix.info.n, values, threads);
  if (!status.ok()) return status;
  return values;
}

FileTensor AsPassed(const FileTensor& tensor) {
  if (io::FindDtype(tensor.dtype) != nullptr) return tensor;
  FileTensor bytes = tensor;
  bytes.dtype = "U8";
  bytes.elem.reset();
  bytes.shape = {tensor.bytes.size()};
  return bytes;
}

std::optional<BlocksNote> NoteOfBlocks(const FileTensor& tensor) {
  if (io::FindDtype(tensor.dtype) != nullptr) return std::nullopt;
  const Json value = {{"type", tensor.dtype}, {"shape", tensor.shape}};
  return BlocksNote{"gguf.blocks." + tensor.name, value.dump()};
}

std::string ActOrderName(std::string_view weights) {
  return "channel_order." + std::string(weights);
}

FileTensor ActOrderTensor(std::string_view weights, std::span<const uint32_t> order) {
  return {ActOrderName(weights), "I32", {order.size()}, std::as_bytes(order), std::nullopt};
}

std::string GroupsText(const WeightInfo& info) {
  if (info.super_group == 0) return GroupText(info.group);
  return fmt::format("{} in {}", GroupText(info.group), GroupText(info.super_group));
}

std::string ScalesText(const WeightInfo& info) {
  if (info.super_group == 0) return std::string(Name(info.scale));
  return fmt::format("{} x {}", Name(info.scale), Name(info.factor));
}

Json FormatJson(const WeightInfo& info) {
  Json json = {{"format", Name(info.format)},
               {"group", GroupJson(info.group)},
               {"scale", Name(info.scale)},
               {"zero", Name(info.zero)}};
  if (info.super_group != 0) {
    json["super_group"] = GroupJson(info.super_group);
    json["factor"] = Name(info.factor);
  }
  return json;
}

}  // namespace lutgemm::tools
