// A small host of back ends for tests: what of ggml's functions a back end looks for, and a model
// of one weight tensor.
#ifndef LUTGEMM_INTEGRATIONS_GGML_TEST_HOST_H_
#define LUTGEMM_INTEGRATIONS_GGML_TEST_HOST_H_

#include "ggml/abi.h"

#include <cstdint>
#include <string>
#include <vector>

namespace lutgemm::test {

using lutgemm_ggml::Backend;
using lutgemm_ggml::Buffer;
using lutgemm_ggml::BufferType;
using lutgemm_ggml::Device;
using lutgemm_ggml::Registry;
using lutgemm_ggml::Tensor;

// The operations of this host, whose numbers are its own.
enum : int32_t {
  kNone = 0,
  kAdd = 1,
  kMulMat = 3,
  kMulMatId = 4,
  kReshape = 5,
  kView = 6,
  kPermute = 7,
  kGetRows = 9
};

// What the host says of itself. Tests set it before they load the back end.
struct HostFacts {
  int api_version = 2;
  bool odd_tensors = false;  // says another size of a tensor
  bool processor = false;    // has a back end that adds
};
HostFacts& Facts();

// What this host's graphs are.
struct Nodes {
  const std::vector<Tensor*>& all;
};

// Loads the back end as a host does; null where it refuses.
Registry* LoadBackend();

// Runs nodes as one graph, or a single one; what the back end's graph_compute answers.
int32_t Compute(Backend* backend, const std::vector<Tensor*>& nodes);
int32_t Compute(Backend* backend, Tensor* node);

// A contiguous tensor of a type, without memory.
Tensor MakeTensor(int32_t type, const std::vector<int64_t>& ne);

// A buffer of the device's memory with one tensor of weights in it.
class Loaded {
 public:
  // Allocates as the host does: as many bytes as the buffer type says.
  Loaded(Device* device, const Tensor& like);
  ~Loaded();
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;

  Tensor& tensor() { return tensor_; }
  Buffer* buffer() { return buffer_; }
  void Set(const void* data, size_t offset, size_t bytes);
  std::vector<uint8_t> Get(size_t offset, size_t bytes);

 private:
  Tensor tensor_;
  Buffer* buffer_;
};

// What the buffer type of a device says, whichever version it is of.
size_t AllocSize(BufferType* type, const Tensor& tensor);
Buffer* AllocBuffer(BufferType* type, size_t bytes);

}  // namespace lutgemm::test

#endif  // LUTGEMM_INTEGRATIONS_GGML_TEST_HOST_H_
