#include "integrations/ggml/host.h"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <lutgemm/lutgemm.h>

#include <cstring>

using namespace lutgemm_ggml;

namespace lutgemm::test {
namespace {

HostFacts facts;
Registry earlier;  // that of a back end that is there already

const BufferType2& Two(BufferType* type) { return *reinterpret_cast<BufferType2*>(type); }
const BufferType3& Three(BufferType* type) { return *reinterpret_cast<BufferType3*>(type); }

// Calls a member that both versions have at their own places.
#define LUTGEMM_OF_TYPE(type, member) \
  (facts.api_version == 2 ? Two(type).member : Three(type).member)

bool CpuIsHost(BufferType*) { return true; }

BufferType* CpuType() {
  static BufferType2 two{};
  static BufferType3 three{};
  two.is_host = CpuIsHost;
  three.is_host = CpuIsHost;
  return facts.api_version == 2 ? reinterpret_cast<BufferType*>(&two)
                                : reinterpret_cast<BufferType*>(&three);
}

size_t RowBytes(int32_t type, int64_t elements) {
  const auto count = static_cast<size_t>(elements);
  if (type == kTypeF32) return 4 * count;
  if (type == kTypeF16) return 2 * count;
  return lutgemm_gguf_bytes(static_cast<uint32_t>(type), 1, count);
}

size_t TensorBytes(const Tensor* tensor) {
  size_t bytes = RowBytes(tensor->type, tensor->ne[0]);
  if (tensor->type <= kTypeF16) {
    bytes = RowBytes(tensor->type, 1) + static_cast<size_t>(tensor->ne[0] - 1) * tensor->nb[0];
  }
  for (int d = 1; d < 4; ++d) bytes += static_cast<size_t>(tensor->ne[d] - 1) * tensor->nb[d];
  return bytes;
}

}  // namespace

HostFacts& Facts() { return facts; }

Registry* LoadBackend() {
  static void* library = dlopen(LUTGEMM_GGML_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library != nullptr);
  earlier.api_version = facts.api_version;
  void* symbol = dlsym(library, "ggml_backend_init");
  REQUIRE(symbol != nullptr);
  Registry* (*init)() = nullptr;
  std::memcpy(&init, &symbol, sizeof(init));
  return init();
}

int32_t Compute(Backend* backend, const std::vector<Tensor*>& nodes) {
  Nodes graph{nodes};
  return backend->calls.graph_compute(backend, reinterpret_cast<Graph*>(&graph));
}

int32_t Compute(Backend* backend, Tensor* node) {
  return Compute(backend, std::vector<Tensor*>{node});
}

Tensor MakeTensor(int32_t type, const std::vector<int64_t>& ne) {
  Tensor tensor{};
  tensor.type = type;
  tensor.op = kNone;
  for (size_t d = 0; d < 4; ++d) tensor.ne[d] = d < ne.size() ? ne[d] : 1;
  const bool plain = type <= kTypeF16;
  // Of blocks, those of a whole row over its length would be no whole number: nobody reads it.
  tensor.nb[0] = plain ? RowBytes(type, 1) : 1;
  tensor.nb[1] = RowBytes(type, tensor.ne[0]);
  for (int d = 2; d < 4; ++d) {
    tensor.nb[d] = tensor.nb[d - 1] * static_cast<size_t>(tensor.ne[d - 1]);
  }
  return tensor;
}

size_t AllocSize(BufferType* type, const Tensor& tensor) {
  return LUTGEMM_OF_TYPE(type, get_alloc_size)(type, &tensor);
}

Buffer* AllocBuffer(BufferType* type, size_t bytes) {
  return LUTGEMM_OF_TYPE(type, alloc_buffer)(type, bytes);
}

Loaded::Loaded(Device* device, const Tensor& like) : tensor_(like) {
  BufferType* type = device->calls.get_buffer_type(device);
  buffer_ = AllocBuffer(type, AllocSize(type, tensor_));
  REQUIRE(buffer_ != nullptr);
  tensor_.buffer = buffer_;
  tensor_.data = buffer_->calls.get_base(buffer_);
  REQUIRE(buffer_->calls.init_tensor(buffer_, &tensor_) == kStatusSuccess);
}

Loaded::~Loaded() {
  buffer_->calls.free_buffer(buffer_);
  delete buffer_;
}

void Loaded::Set(const void* data, size_t offset, size_t bytes) {
  buffer_->calls.set_tensor(buffer_, &tensor_, data, offset, bytes);
}

std::vector<uint8_t> Loaded::Get(size_t offset, size_t bytes) {
  std::vector<uint8_t> data(bytes);
  buffer_->calls.get_tensor(buffer_, &tensor_, data.data(), offset, bytes);
  return data;
}

}  // namespace lutgemm::test

// ---- What the back end looks for
// ------------------------------------------------------------------

#define LUTGEMM_HOST extern "C" __attribute__((visibility("default")))
using namespace lutgemm::test;

LUTGEMM_HOST Buffer* ggml_backend_buffer_init(BufferType* type, BufferCalls calls, void* context,
                                              size_t bytes) {
  return new Buffer{calls, type, context, bytes, 0};
}
LUTGEMM_HOST BufferType* ggml_backend_cpu_buffer_type() { return CpuType(); }
LUTGEMM_HOST bool ggml_backend_buft_is_host(BufferType* type) {
  return LUTGEMM_OF_TYPE(type, is_host)(type);
}
LUTGEMM_HOST const char* ggml_backend_buft_name(BufferType* type) {
  return LUTGEMM_OF_TYPE(type, get_name)(type);
}
LUTGEMM_HOST size_t ggml_backend_buft_get_alignment(BufferType* type) {
  return LUTGEMM_OF_TYPE(type, get_alignment)(type);
}
LUTGEMM_HOST Device* ggml_backend_buft_get_device(BufferType* type) {
  return LUTGEMM_OF_TYPE(type, device);
}
LUTGEMM_HOST int ggml_graph_n_nodes(Graph* graph) {
  return static_cast<int>(reinterpret_cast<Nodes*>(graph)->all.size());
}
LUTGEMM_HOST Tensor* ggml_graph_node(Graph* graph, int index) {
  return reinterpret_cast<Nodes*>(graph)->all[static_cast<size_t>(index)];
}
LUTGEMM_HOST size_t ggml_nbytes(const Tensor* tensor) { return TensorBytes(tensor); }
LUTGEMM_HOST size_t ggml_row_size(int32_t type, int64_t elements) {
  return RowBytes(type, elements);
}
LUTGEMM_HOST const char* ggml_type_name(int32_t) { return "a type"; }
LUTGEMM_HOST const char* ggml_op_name(int32_t op) {
  const char* const names[] = {"NONE",    "ADD",  "X",       "MUL_MAT",   "MUL_MAT_ID",
                               "RESHAPE", "VIEW", "PERMUTE", "TRANSPOSE", "GET_ROWS"};
  return op >= 0 && static_cast<size_t>(op) < std::size(names) ? names[op] : "X";
}
LUTGEMM_HOST size_t ggml_tensor_overhead() { return facts.odd_tensors ? 400 : 368; }
LUTGEMM_HOST void* ggml_get_data(const Tensor* tensor) { return tensor->data; }
LUTGEMM_HOST const char* ggml_get_name(const Tensor* tensor) { return tensor->name; }
LUTGEMM_HOST size_t ggml_backend_reg_count() { return 1; }
LUTGEMM_HOST Registry* ggml_backend_reg_get(size_t) { return &earlier; }
LUTGEMM_HOST const char* ggml_backend_reg_name(Registry* registry) {
  return registry->get_name(registry);
}
LUTGEMM_HOST size_t ggml_backend_reg_dev_count(Registry* registry) {
  return registry->get_device_count(registry);
}
LUTGEMM_HOST const char* ggml_backend_dev_name(Device* device) {
  return device->calls.get_name(device);
}
LUTGEMM_HOST int32_t ggml_backend_dev_type(Device* device) {
  return device->calls.get_type(device);
}
LUTGEMM_HOST BufferType* ggml_backend_dev_buffer_type(Device* device) {
  return device->calls.get_buffer_type(device);
}
LUTGEMM_HOST Device* ggml_backend_get_device(Backend* backend) { return backend->device; }
LUTGEMM_HOST const char* ggml_backend_name(Backend* backend) {
  return backend->calls.get_name(backend);
}

// The sanitizers': memory that is not there is a null pointer, as it is without them.
LUTGEMM_HOST const char* __asan_default_options() { return "allocator_may_return_null=1"; }
LUTGEMM_HOST const char* __tsan_default_options() { return "allocator_may_return_null=1"; }
