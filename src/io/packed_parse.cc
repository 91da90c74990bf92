#include "io/packed_parse.h"

#include "base/bits.h"
#include "base/digest.h"
#include "io/errors.h"
#include "io/hex.h"
#include "io/packed_header.h"

#include <set>
#include <utility>

namespace lutgemm::io {
namespace {

using Metadata = std::map<std::string, std::string>;

Status CheckVersion(const Metadata& metadata, std::string_view name) {
  const auto version = metadata.find(std::string(kVersionKey));
  if (version == metadata.end()) {
    return FileError(
        Code::kUnsupportedFormat, name,
        "not a file of packed weights, which `lutgemm repack` makes: its metadata has no "
        "'lutgemm.version'");
  }
  if (version->second != kVersion && version->second != kOldVersion) {
    return FileError(Code::kUnsupportedFormat, name, "packed file of version ",
                     Quote(version->second), "; this library reads versions ", kOldVersion, " and ",
                     kVersion);
  }
  return {};
}

// Every reserved key must mean something, so that a damaged key does not hide a tensor.
Status CheckKeys(const Metadata& metadata, bool old, std::string_view name) {
  for (auto entry = metadata.lower_bound(std::string(kPackedPrefix));
       entry != metadata.end() && entry->first.starts_with(kPackedPrefix); ++entry) {
    const std::string& key = entry->first;
    if (key == kVersionKey || key.starts_with(kTensorPrefix)) continue;
    if (!old && (key == kHeaderKey || key.starts_with(kPassedPrefix))) continue;
    return Corrupt(name, "metadata key ", Quote(key), " is unknown");
  }
  return {};
}

Status CheckBlob(const FileTensor& tensor, const PackedDesc& desc, std::string_view name) {
  if (tensor.dtype != "U8" || tensor.shape.size() != 1) {
    return CorruptTensor(name, tensor.name, "is described as packed but is not a U8 list");
  }
  const size_t bytes = PackedBytes(desc.info, desc.layout);
  if (tensor.bytes.size() != bytes) {
    return CorruptTensor(name, tensor.name, "has ", tensor.bytes.size(),
                         " bytes; its description needs ", bytes);
  }
  if (!base::IsAligned(tensor.bytes.data(), kBlobAlign)) {
    return CorruptTensor(name, tensor.name, "does not start at a multiple of ", kBlobAlign,
                         " bytes in the file");
  }
  return {};
}

class Parser {
 public:
  Parser(const Metadata& metadata, std::string_view name, bool old)
      : metadata_(metadata), name_(name), old_(old) {}

  Status Add(const FileTensor& tensor) {
    const auto desc = metadata_.find(std::string(kTensorPrefix) + tensor.name);
    const auto passed = metadata_.find(std::string(kPassedPrefix) + tensor.name);
    if (desc == metadata_.end()) return AddPassed(tensor, passed);
    if (passed != metadata_.end()) {
      return CorruptTensor(name_, tensor.name, "is described as packed and as passed through");
    }
    const Result<PackedDesc> parsed = ParsePackedDesc(desc->second, name_, tensor.name);
    if (!parsed.ok()) return parsed.status();
    if (Status status = CheckBlob(tensor, *parsed, name_); !status.ok()) return status;
    contents_.packed.push_back({tensor.name, *parsed, tensor.bytes, old_});
    return {};
  }

  // Every description and every checksum is that of a tensor.
  Status CheckAllFound() const {
    std::set<std::string_view> packed, passed;
    for (const PackedTensor& tensor : contents_.packed) packed.insert(tensor.name);
    for (const PassedTensor& tensor : contents_.passed) passed.insert(tensor.name);
    for (const auto& [key, value] : metadata_) {
      const std::string_view text(key);
      if (text.starts_with(kTensorPrefix) && !packed.contains(text.substr(kTensorPrefix.size()))) {
        return CorruptTensor(name_, text.substr(kTensorPrefix.size()),
                             "is described as packed but is not in the file");
      }
      if (text.starts_with(kPassedPrefix) && !passed.contains(text.substr(kPassedPrefix.size()))) {
        return CorruptTensor(name_, text.substr(kPassedPrefix.size()),
                             "has a checksum but is not in the file");
      }
    }
    return {};
  }

  PackedContents& contents() { return contents_; }

 private:
  Status AddPassed(const FileTensor& tensor, Metadata::const_iterator entry) {
    PassedTensor passed{tensor.name, tensor.bytes, std::nullopt};
    if (!old_) {
      if (entry == metadata_.end()) return CorruptTensor(name_, tensor.name, "has no checksum");
      passed.checksum = ParseHex(entry->second);
      if (!passed.checksum) {
        return CorruptTensor(name_, tensor.name,
                             "checksum must be 16 lower-case hexadecimal digits");
      }
    }
    contents_.passed.push_back(std::move(passed));
    return {};
  }

  const Metadata& metadata_;
  std::string_view name_;
  bool old_;
  PackedContents contents_;
};

}  // namespace

bool PackedTensor::ChecksumFits() const {
  if (!old) return base::Digest(blob) == desc.checksum;
  return OldChecksum(name, desc, blob) == desc.checksum;
}

bool PassedTensor::ChecksumFits() const { return !checksum || base::Digest(bytes) == *checksum; }

Result<PackedContents> ParsePacked(std::span<const FileTensor> tensors, const Metadata& metadata,
                                   std::string_view name) {
  if (Status status = CheckVersion(metadata, name); !status.ok()) return status;
  const bool old = metadata.at(std::string(kVersionKey)) == kOldVersion;
  if (Status status = CheckKeys(metadata, old, name); !status.ok()) return status;
  Parser parser(metadata, name, old);
  for (const FileTensor& tensor : tensors) {
    if (Status status = parser.Add(tensor); !status.ok()) return status;
  }
  if (Status status = parser.CheckAllFound(); !status.ok()) return status;
  return std::move(parser.contents());
}

Status CheckChecksums(const PackedContents& contents, std::string_view name) {
  const auto damaged = [&](std::string_view tensor) {
    return CorruptTensor(name, tensor, "checksum does not match; the file is damaged");
  };
  for (const PackedTensor& tensor : contents.packed) {
    if (!tensor.ChecksumFits()) return damaged(tensor.name);
  }
  for (const PassedTensor& tensor : contents.passed) {
    if (!tensor.ChecksumFits()) return damaged(tensor.name);
  }
  return {};
}

}  // namespace lutgemm::io
