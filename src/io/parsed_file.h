// What a container's parser returns: tensors that view the bytes it was given.
#ifndef LUTGEMM_IO_PARSED_FILE_H_
#define LUTGEMM_IO_PARSED_FILE_H_

#include <lutgemm/io.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lutgemm::io {

// Caps that no real checkpoint reaches; they bound what a hostile file makes a parser hold.
inline constexpr size_t kMaxTensors = size_t{1} << 20;
inline constexpr size_t kMaxDims = 64;

struct ParsedFile {
  std::vector<FileTensor> tensors;  // in file order
  std::map<std::string, std::string> metadata;
  std::map<std::string, FileArray, std::less<>> arrays;  // GGUF's
};

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_PARSED_FILE_H_
