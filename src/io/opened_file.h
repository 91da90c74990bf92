// A checkpoint with all files that it consists of.
#ifndef LUTGEMM_IO_OPENED_FILE_H_
#define LUTGEMM_IO_OPENED_FILE_H_

#include "io/mapped_file.h"
#include "io/parsed_file.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::io {

struct OpenedFile {
  std::vector<std::shared_ptr<const MappedFile>> files;  // that hold tensors
  std::vector<std::string> paths;                        // of these files
  ParsedFile parsed;
  std::string_view container;
};

// The shards that an index names. `index` is the mapped file `path`.
Result<OpenedFile> OpenShards(const std::string& path, const MappedFile& index);

// True if the file is one part of a GGUF model that was split into several.
bool IsSplitGguf(const ParsedFile& parsed);

// All parts of a split GGUF model, of which `path` is any, in their order. Parts lie beside each
// other and are named NAME-00001-of-00003.gguf; kNotFound names those that are missing. The
// metadata is that of the first part and of what only others have, without the keys of the split.
Result<OpenedFile> OpenSplitGguf(const std::string& path, const ParsedFile& parsed);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_OPENED_FILE_H_
