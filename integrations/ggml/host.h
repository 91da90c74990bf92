// The program that loads the back end: its functions, found at run time, and whether its interface
// is one that is known.
#ifndef LUTGEMM_INTEGRATIONS_GGML_HOST_H_
#define LUTGEMM_INTEGRATIONS_GGML_HOST_H_

#include "ggml/abi.h"

#include <string>

namespace lutgemm_ggml {

// An exported function of any library or program that the process has loaded; null where there is
// none. Programs may have loaded ggml for themselves alone, where a plain look-up does not see it.
void* FindLoaded(const char* name);

// What the host calls the operations that matter here: their numbers move between versions.
struct Operations {
  int32_t none = -1;
  int32_t mul_mat = -1;
  int32_t mul_mat_id = -1;
  int32_t get_rows = -1;
  int32_t reshape = -1;
  int32_t view = -1;
  int32_t permute = -1;
  int32_t transpose = -1;
};

struct Host {
  int api_version = 0;  // 2 or 3
  Operations op;
  Buffer* (*buffer_init)(BufferType*, BufferCalls, void* context, size_t bytes) = nullptr;
  BufferType* (*cpu_buffer_type)() = nullptr;
  bool (*buft_is_host)(BufferType*) = nullptr;
  int (*graph_size)(Graph*) = nullptr;
  Tensor* (*graph_node)(Graph*, int index) = nullptr;
  size_t (*tensor_bytes)(const Tensor*) = nullptr;
  size_t (*row_bytes)(int32_t type, int64_t elements) = nullptr;
  const char* (*type_name)(int32_t type) = nullptr;
};

// Finds the host's functions, its version and its numbers. An empty text, or why this back end
// cannot be used and what would do.
std::string FindHost(Host* host);

// Compares what is made of `registry` by the declarations of abi.h with what the host's functions
// see in it. An empty text, or the first difference.
std::string CheckHost(const Host& host, Registry* registry);

// The host of this process, after FindHost.
const Host& ThisHost();
void SetHost(const Host& host);

// Whether the host's type of this number is the type of GGUF that this library means by it.
bool IsSameType(const Host& host, int32_t type);

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_HOST_H_
