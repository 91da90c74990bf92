// Declarations of tensors in GGUF files, and type ids that forks use for layouts of their own.
#ifndef LUTGEMM_IO_GGUF_FORKS_H_
#define LUTGEMM_IO_GGUF_FORKS_H_

#include "io/gguf_types.h"
#include "io/parsed_file.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lutgemm::io {

struct DeclaredTensor {
  FileTensor tensor;
  uint64_t offset = 0;
  size_t bytes = 0;
  // Where a fork uses the type's id: `tensor` has no type yet, and its dimensions are GGUF's.
  const GgufForkType* fork = nullptr;
};

// Gives a tensor its type; its dimensions are GGUF's and become outermost first.
void SetType(FileTensor& tensor, std::string_view name);
// kUnsupportedFormat for an id that means nothing.
Status UnknownType(std::string_view file, std::string_view tensor, uint32_t type_id);

struct ForkContext {
  std::string_view file;
  size_t data_bytes = 0;  // of the data section
  size_t alignment = 32;
  bool bitnet = false;  // the file's architecture is one of BitNet
};

// Gives type and bytes to the tensors that have none: the meaning whose size fits what lies up to
// the next tensor. Where both fit it is the fork's if the architecture is one of BitNet and the
// file has a tensor of the same name and "_scale", upstream's if neither is so; else the type is
// called by both names, as in "MXFP4 or TL2".
Status SettleForks(std::span<DeclaredTensor> declared, const ForkContext& context);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_GGUF_FORKS_H_
