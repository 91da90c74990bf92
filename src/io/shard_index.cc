#include "io/shard_index.h"

#include "io/errors.h"
#include "io/json.h"
#include "io/safetensors.h"

#include <utility>

namespace lutgemm::io {
namespace {

constexpr std::string_view kMap = "weight_map";
constexpr std::string_view kMetadata = "metadata";

// Without a byte order mark.
std::string_view TextOf(std::span<const std::byte> file) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

std::string ScalarText(const JsonScalar& value) {
  switch (value.kind) {
    case JsonScalar::Kind::kNull:
      return "null";
    case JsonScalar::Kind::kBool:
      return value.number != 0 ? "true" : "false";
    case JsonScalar::Kind::kUnsigned:
      return std::to_string(value.number);
    case JsonScalar::Kind::kOtherNumber:
    case JsonScalar::Kind::kString:
      return std::string(value.text);
  }
  return {};
}

// Takes "weight_map" and the scalars of "metadata"; what else an index holds does not matter here.
class IndexVisitor : public JsonVisitor {
 public:
  explicit IndexVisitor(std::string_view file) : file_(file) {}

  Status Open(Path path, bool is_object) override {
    if (path.empty()) return is_object ? Status() : NotAnIndex();
    if (path[0] != kMap) return {};
    if (path.size() > 1) return NotAName(path[1]);
    if (!is_object) return Corrupt(file_, "weight_map is not a JSON object");
    has_map_ = true;
    return {};
  }

  Status Scalar(Path path, const JsonScalar& value) override {
    if (path.empty()) return NotAnIndex();
    if (path.size() == 2 && path[0] == kMetadata && !path[1].empty()) {
      index_.metadata.emplace(path[1], ScalarText(value));
    }
    if (path[0] != kMap) return {};
    if (path.size() == 1) return Corrupt(file_, "weight_map is not a JSON object");
    if (value.kind != JsonScalar::Kind::kString) return NotAName(path[1]);
    return AddTensor(path[1], value.text);
  }

  Status Close(Path path) override {
    if (!path.empty()) return {};
    if (!has_map_) return NotAnIndex();
    return index_.shard_of.empty() ? Corrupt(file_, "weight_map names no shard") : Status();
  }

  ShardIndex& index() { return index_; }

 private:
  Status NotAnIndex() const {
    return Corrupt(file_, "JSON without the object weight_map; not an index of shards");
  }
  Status NotAName(std::string_view tensor) const {
    return CorruptTensor(file_, tensor, "weight_map does not give a shard's file name");
  }
  Status AddTensor(const std::string& tensor, std::string_view shard) {
    if (!IsPlainText(tensor)) return CorruptTensor(file_, tensor, "name has control characters");
    if (!IsPlainFileName(shard)) {
      return CorruptTensor(file_, tensor, "shard ", Quote(shard),
                           " is not the name of a file beside the index");
    }
    index_.shard_of.emplace(tensor, shard);
    return {};
  }

  std::string_view file_;
  ShardIndex index_;
  bool has_map_ = false;
};

}  // namespace

bool IsShardIndex(std::span<const std::byte> file) noexcept {
  if (LooksLikeSafetensors(file)) return false;
  const std::string_view text = TextOf(file);
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && text[first] == '{';
}

Result<ShardIndex> ParseShardIndex(std::span<const std::byte> file, std::string_view name) {
  IndexVisitor visitor(name);
  if (Status status = VisitJson(TextOf(file), name, visitor); !status.ok()) return status;
  return std::move(visitor.index());
}

}  // namespace lutgemm::io
