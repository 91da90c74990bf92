// GGUF models in several files: each part says how many there are and which one it is.
#include "io/errors.h"
#include "io/gguf.h"
#include "io/opened_file.h"

#include <sys/stat.h>

#include <charconv>
#include <optional>
#include <unordered_set>
#include <utility>

namespace lutgemm::io {
namespace {

constexpr std::string_view kSplitPrefix = "split.";
constexpr std::string_view kNoKey = "split.no";
constexpr std::string_view kCountKey = "split.count";
constexpr std::string_view kTensorsKey = "split.tensors.count";
constexpr uint64_t kMostParts = 65535;  // the key is a u16
constexpr size_t kDigits = 5;

std::optional<uint64_t> Number(const ParsedFile& parsed, std::string_view key) {
  const auto found = parsed.metadata.find(std::string(key));
  if (found == parsed.metadata.end()) return std::nullopt;
  uint64_t value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [stop, error] = std::from_chars(found->second.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// A count that is no count would count as none.
Status CheckTensorsKey(const ParsedFile& parsed, const std::string& path) {
  const auto found = parsed.metadata.find(std::string(kTensorsKey));
  if (found == parsed.metadata.end() || Number(parsed, kTensorsKey)) return {};
  return Corrupt(path, kTensorsKey, " is ", Quote(found->second),
                 "; it must be a number of 0 or more");
}

std::string FiveDigits(uint64_t value) {
  const std::string text = std::to_string(value);
  return std::string(text.size() < kDigits ? kDigits - text.size() : 0, '0') + text;
}

// What part `no` of `count` adds to the model's name.
std::string Suffix(uint64_t no, uint64_t count) {
  return base::Cat("-", FiveDigits(no + 1), "-of-", FiveDigits(count), ".gguf");
}

class Split {
 public:
  Split(const std::string& path, const ParsedFile& parsed) : path_(path), first_(parsed) {}

  Result<OpenedFile> Open() {
    opened_.container = "gguf";
    if (Status status = ReadKeys(); !status.ok()) return status;
    if (Status status = CheckPresent(); !status.ok()) return status;
    for (uint64_t no = 0; no < count_; ++no) {
      if (Status status = AddPart(no); !status.ok()) return status;
    }
    if (tensors_ && *tensors_ != opened_.parsed.tensors.size()) {
      return Corrupt(path_, kTensorsKey, " is ", *tensors_, "; the ", count_, " parts have ",
                     opened_.parsed.tensors.size(), " tensors");
    }
    return std::move(opened_);
  }

 private:
  std::string PathOf(uint64_t no) const { return stem_ + Suffix(no, count_); }

  Status ReadKeys() {
    const std::optional<uint64_t> count = Number(first_, kCountKey), no = Number(first_, kNoKey);
    if (!count || *count < 2 || *count > kMostParts) {
      return Corrupt(path_, kCountKey, " is no number of 2 to ", kMostParts, " parts");
    }
    if (!no || *no >= *count) {
      return Corrupt(path_, "is one of ", *count, " parts of a model, but ", kNoKey,
                     " does not say which");
    }
    if (Status status = CheckTensorsKey(first_, path_); !status.ok()) return status;
    count_ = *count;
    tensors_ = Number(first_, kTensorsKey);
    const std::string suffix = Suffix(*no, count_);
    if (!path_.ends_with(suffix)) {
      return FileError(Code::kBadArgument, path_, "is part ", *no + 1, " of ", count_,
                       " of a model; to find the others its name must end in ", suffix);
    }
    stem_ = path_.substr(0, path_.size() - suffix.size());
    return {};
  }

  // All that are missing at once, so that nobody has to fetch them one by one.
  Status CheckPresent() const {
    constexpr uint64_t kMostNamed = 10;
    std::string missing;
    uint64_t absent = 0;
    for (uint64_t no = 0; no < count_; ++no) {
      struct stat facts = {};
      if (stat(PathOf(no).c_str(), &facts) == 0) continue;
      if (++absent > kMostNamed) continue;
      const std::string part = PathOf(no);
      missing += (missing.empty() ? "" : ", ") + part.substr(part.rfind('/') + 1);
    }
    if (absent == 0) return {};
    if (absent > kMostNamed) missing += base::Cat(" and ", absent - kMostNamed, " more");
    return FileError(Code::kNotFound, path_, "is one of ", count_,
                     " parts of a model; missing: ", missing);
  }

  Status AddPart(uint64_t no) {
    const std::string path = PathOf(no);
    Result<std::shared_ptr<const MappedFile>> file = MappedFile::Open(path);
    if (!file.ok()) return file.status();
    Result<ParsedFile> parsed = ParseGguf((*file)->bytes(), path);
    if (!parsed.ok()) return parsed.status();
    if (Status status = CheckTensorsKey(*parsed, path); !status.ok()) return status;
    if (Number(*parsed, kCountKey) != count_ || Number(*parsed, kNoKey) != no ||
        Number(*parsed, kTensorsKey) != tensors_) {
      return Corrupt(path, "should be part ", no + 1, " of ", count_,
                     " of a model; its split.* keys say something else");
    }
    for (FileTensor& tensor : parsed->tensors) {
      if (opened_.parsed.tensors.size() == kMaxTensors) {
        return Corrupt(path, "the parts have more than ", kMaxTensors, " tensors");
      }
      if (!names_.insert(tensor.name).second) {
        return CorruptTensor(path, tensor.name, "is in an earlier part, too");
      }
      opened_.parsed.tensors.push_back(std::move(tensor));
    }
    for (auto& [key, value] : parsed->metadata) {
      if (key.starts_with(kSplitPrefix)) continue;
      if (!opened_.parsed.metadata.emplace(key, std::move(value)).second) continue;
      const auto array = parsed->arrays.find(key);
      if (array != parsed->arrays.end()) opened_.parsed.arrays.insert(*array);
    }
    opened_.files.push_back(*file);
    opened_.paths.push_back(path);
    return {};
  }

  const std::string& path_;
  const ParsedFile& first_;  // the part that was given
  std::string stem_;         // path of every part up to its suffix
  uint64_t count_ = 0;
  std::optional<uint64_t> tensors_;  // of all parts, where they say so
  std::unordered_set<std::string> names_;
  OpenedFile opened_;
};

}  // namespace

bool IsSplitGguf(const ParsedFile& parsed) {
  const auto found = parsed.metadata.find(std::string(kCountKey));
  // A model in one file may say so.
  return found != parsed.metadata.end() && found->second != "0" && found->second != "1";
}

Result<OpenedFile> OpenSplitGguf(const std::string& path, const ParsedFile& parsed) {
  return Split(path, parsed).Open();
}

}  // namespace lutgemm::io
