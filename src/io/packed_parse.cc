#include "io/packed_parse.h"

#include "base/bits.h"
#include "io/errors.h"

#include <set>
#include <utility>

namespace lutgemm::io {
namespace {

using Metadata = std::map<std::string, std::string>;

Status CheckVersion(const Metadata& metadata, std::string_view name) {
  const auto version = metadata.find(std::string(kVersionKey));
  if (version == metadata.end()) {
    return FileError(Code::kUnsupportedFormat, name,
                     "not a file of packed weights: its metadata has no 'lutgemm.version'");
  }
  if (version->second != kVersion) {
    return FileError(Code::kUnsupportedFormat, name, "packed file of version ",
                     Quote(version->second), "; this library reads version ", kVersion);
  }
  return {};
}

// Every reserved key must mean something, so that a damaged key does not hide a tensor.
Status CheckKeys(const Metadata& metadata, std::string_view name) {
  for (auto entry = metadata.lower_bound(std::string(kPackedPrefix));
       entry != metadata.end() && entry->first.starts_with(kPackedPrefix); ++entry) {
    if (entry->first == kVersionKey || entry->first.starts_with(kTensorPrefix)) continue;
    return Corrupt(name, "metadata key ", Quote(entry->first), " is unknown");
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

Status VerifyChecksum(const PackedTensor& packed, std::string_view name) {
  if (PackedChecksum(packed.name, packed.desc, packed.blob) == packed.desc.checksum) return {};
  return CorruptTensor(name, packed.name, "checksum does not match; the file is damaged");
}

Status CheckAllFound(const Metadata& metadata, const std::vector<PackedTensor>& all,
                     std::string_view name) {
  std::set<std::string_view> found;
  for (const PackedTensor& packed : all) found.insert(packed.name);
  for (const auto& [key, value] : metadata) {
    if (!key.starts_with(kTensorPrefix)) continue;
    const std::string_view tensor = std::string_view(key).substr(kTensorPrefix.size());
    if (found.contains(tensor)) continue;
    return CorruptTensor(name, tensor, "is described as packed but is not in the file");
  }
  return {};
}

}  // namespace

Result<std::vector<PackedTensor>> ParsePacked(std::span<const FileTensor> tensors,
                                              const Metadata& metadata, std::string_view name,
                                              bool verify_checksums) {
  if (Status status = CheckVersion(metadata, name); !status.ok()) return status;
  if (Status status = CheckKeys(metadata, name); !status.ok()) return status;
  std::vector<PackedTensor> all;
  for (const FileTensor& tensor : tensors) {
    const auto entry = metadata.find(std::string(kTensorPrefix) + tensor.name);
    if (entry == metadata.end()) continue;
    const Result<PackedDesc> desc = ParsePackedDesc(entry->second, name, tensor.name);
    if (!desc.ok()) return desc.status();
    if (Status status = CheckBlob(tensor, *desc, name); !status.ok()) return status;
    all.push_back({tensor.name, *desc, tensor.bytes});
    if (!verify_checksums) continue;
    if (Status status = VerifyChecksum(all.back(), name); !status.ok()) return status;
  }
  if (Status status = CheckAllFound(metadata, all, name); !status.ok()) return status;
  return all;
}

}  // namespace lutgemm::io
