// What passes between ggml and a back end that it loads at run time, as declarations of our own:
// the memory of ggml's structs on 64-bit systems, and the numbers that stand in them. Distributions
// do not ship ggml's private header, so that nothing of it can be included; CheckHost in host.h
// compares what is here with what the host's public functions say.
//
// Interface 2 is that of ggml up to 0.26, interface 3 that of 0.27; they differ in BufferType
// alone.
#ifndef LUTGEMM_INTEGRATIONS_GGML_ABI_H_
#define LUTGEMM_INTEGRATIONS_GGML_ABI_H_

#include <cstddef>
#include <cstdint>

namespace lutgemm_ggml {

struct Tensor;
struct Graph;       // the host's alone
struct BufferType;  // a BufferType2 or a BufferType3
struct Buffer;
struct Device;
struct Backend;
struct Registry;

enum : int32_t { kTypeF32 = 0, kTypeF16 = 1, kTypeI32 = 26 };
enum : int32_t { kPrecisionF32 = 10 };  // Tensor::params[0] of a product
enum : int32_t { kFlagCompute = 16 };   // of Tensor::flags
enum : int32_t { kDeviceProcessor = 0, kDeviceAccel = 3 };
enum : int32_t { kStatusNoMemory = -2, kStatusFailed = -1, kStatusSuccess = 0 };

struct Tensor {
  int32_t type;
  Buffer* buffer;
  int64_t ne[4];  // elements, the innermost dimension first
  size_t nb[4];   // bytes between neighbours
  int32_t op;
  int32_t params[16];
  int32_t flags;
  Tensor* src[10];
  Tensor* view_src;
  size_t view_offset;
  void* data;
  char name[64];
  void* extra;
  char padding[8];
};
static_assert(offsetof(Tensor, op) == 80 && offsetof(Tensor, src) == 152);
static_assert(offsetof(Tensor, data) == 248 && sizeof(Tensor) == 336);

struct BufferType2 {
  const char* (*get_name)(BufferType*);
  Buffer* (*alloc_buffer)(BufferType*, size_t bytes);
  size_t (*get_alignment)(BufferType*);
  size_t (*get_max_size)(BufferType*);
  size_t (*get_alloc_size)(BufferType*, const Tensor*);
  bool (*is_host)(BufferType*);
  Device* device;
  void* context;
};
static_assert(offsetof(BufferType2, device) == 48);

struct BufferType3 {
  const char* (*get_name)(BufferType*);
  Buffer* (*alloc_buffer)(BufferType*, size_t bytes);
  void* alloc_buffer_n;  // may be null, as the other one that ends in _n
  size_t (*get_alignment)(BufferType*);
  size_t (*get_max_size)(BufferType*);
  size_t (*get_alloc_size)(BufferType*, const Tensor*);
  void* get_alloc_size_n;
  bool (*is_host)(BufferType*);
  Device* device;
  void* context;
};
static_assert(offsetof(BufferType3, device) == 64);

struct BufferCalls {
  void (*free_buffer)(Buffer*);
  void* (*get_base)(Buffer*);
  int32_t (*init_tensor)(Buffer*, Tensor*);
  void (*memset_tensor)(Buffer*, Tensor*, uint8_t value, size_t offset, size_t bytes);
  void (*set_tensor)(Buffer*, Tensor*, const void* data, size_t offset, size_t bytes);
  void (*get_tensor)(Buffer*, const Tensor*, void* data, size_t offset, size_t bytes);
  void* set_tensor_2d;  // null: rows one by one
  void* get_tensor_2d;
  bool (*cpy_tensor)(Buffer*, const Tensor* from, Tensor* to);
  void (*clear)(Buffer*, uint8_t value);
  void (*reset)(Buffer*);
};

// Made by the host's ggml_backend_buffer_init, which also frees it.
struct Buffer {
  BufferCalls calls;
  BufferType* type;
  void* context;
  size_t size;
  int32_t usage;
};
static_assert(offsetof(Buffer, type) == 88 && offsetof(Buffer, size) == 104);

// Pointers of a back end that may be null are not spelled out: this one has none of them.
struct BackendCalls {
  const char* (*get_name)(Backend*);
  void (*free)(Backend*);
  void* asynchronous[5];
  void* synchronize;
  void* plans[4];
  int32_t (*graph_compute)(Backend*, Graph*);
  void* events[2];
  void* graph_optimize;
};
static_assert(offsetof(BackendCalls, graph_compute) == 96);

struct Backend {
  const uint8_t (*guid)[16];
  BackendCalls calls;
  Device* device;
  void* context;
};
static_assert(offsetof(Backend, device) == 136);

struct DeviceProperties {
  const char* name;
  const char* description;
  size_t memory_free;
  size_t memory_total;
  int32_t type;
  const char* device_id;
  bool async;
  bool host_buffer;
  bool buffer_from_host_ptr;
  bool events;
  bool mmap_support;
};

struct DeviceCalls {
  const char* (*get_name)(Device*);
  const char* (*get_description)(Device*);
  void (*get_memory)(Device*, size_t* free, size_t* total);
  int32_t (*get_type)(Device*);
  void (*get_props)(Device*, DeviceProperties*);
  Backend* (*init_backend)(Device*, const char* params);
  BufferType* (*get_buffer_type)(Device*);
  void* get_host_buffer_type;
  void* buffer_from_host_ptr;
  bool (*supports_op)(Device*, const Tensor*);
  bool (*supports_buft)(Device*, BufferType*);
  void* offload_op;
  void* events[3];
};
static_assert(offsetof(DeviceCalls, supports_op) == 72);

struct Device {
  DeviceCalls calls;
  Registry* registry;
  void* context;
};
static_assert(offsetof(Device, registry) == 120);

struct Registry {
  int32_t api_version;
  const char* (*get_name)(Registry*);
  size_t (*get_device_count)(Registry*);
  Device* (*get_device)(Registry*, size_t index);
  void* (*get_proc_address)(Registry*, const char* name);
  void* context;
};

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_ABI_H_
