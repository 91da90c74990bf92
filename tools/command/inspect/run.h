// lutgemm inspect: what is in a file.
#ifndef LUTGEMM_TOOLS_COMMAND_INSPECT_RUN_H_
#define LUTGEMM_TOOLS_COMMAND_INSPECT_RUN_H_

#include "io/packed_parse.h"
#include "tools/command/inspect/options.h"

#include <lutgemm/import.hpp>
#include <lutgemm/io.hpp>

#include <map>
#include <optional>
#include <string>

namespace lutgemm::tools {

// A tensor of a packed file and whether its checksum fits.
struct InspectedTensor {
  const io::PackedTensor* packed = nullptr;  // null: passed through
  std::optional<bool> checksum_ok;           // none: version 1 has none for these
};
struct Inspected {
  io::PackedContents tensors;
  std::map<std::string, InspectedTensor> by_name;  // points into `tensors`
  // Of a file that is not packed: its quantised weights, or why they cannot be told.
  std::optional<Importer> importer;
  std::string unreadable;

  const io::PackedTensor* Packed(const std::string& name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : found->second.packed;
  }
  std::optional<bool> ChecksumOk(const std::string& name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? std::nullopt : found->second.checksum_ok;
  }
};

int RunInspect(const InspectOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_INSPECT_RUN_H_
