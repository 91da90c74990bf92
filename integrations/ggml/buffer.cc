#include "ggml/buffer.h"

#include "ggml/host.h"
#include "ggml/memory.h"
#include "ggml/options.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>

namespace lutgemm_ggml {

const char kDeviceName[] = "LUTGEMM";

namespace {

// Weights by where their slots begin; other tensors are plain bytes.
struct Contents {
  Memory memory;
  size_t bytes = 0;
  std::mutex mutex;
  std::unordered_map<const void*, std::unique_ptr<Weights>> weights;
};

union {
  BufferType2 two;
  BufferType3 three;
} the_type;

Contents& ContentsOf(Buffer* buffer) { return *static_cast<Contents*>(buffer->context); }

Shape ShapeOf(const Tensor& tensor) {
  Shape shape;
  shape.type = static_cast<uint32_t>(tensor.type);
  shape.k = static_cast<size_t>(tensor.ne[0]);
  shape.n = static_cast<size_t>(tensor.ne[1]);
  shape.parts = static_cast<size_t>(tensor.ne[2] * tensor.ne[3]);
  return shape;
}

// The tensor's weights, made where this is the first call for it; null for other tensors.
Weights* WeightsAt(Buffer* buffer, const Tensor& tensor) {
  if (tensor.view_src != nullptr || !CanPack(tensor)) return nullptr;
  Contents& contents = ContentsOf(buffer);
  const std::lock_guard lock(contents.mutex);
  std::unique_ptr<Weights>& weights = contents.weights[tensor.data];
  if (weights == nullptr || weights->shape() != ShapeOf(tensor)) {
    weights = std::make_unique<Weights>(ShapeOf(tensor), static_cast<uint8_t*>(tensor.data),
                                        ThisOptions().own_memory);
  }
  return weights.get();
}

// The host has no way for exceptions.
template <class F>
void Guarded(F f) {
  try {
    f();
  } catch (const std::bad_alloc&) {
    Say("out of memory for weights");
  }
}

// ---- What the host calls of a buffer
// --------------------------------------------------------------

void FreeBuffer(Buffer* buffer) { delete static_cast<Contents*>(buffer->context); }

void* BaseOf(Buffer* buffer) { return ContentsOf(buffer).memory.get(); }

int32_t InitTensor(Buffer* buffer, Tensor* tensor) {
  try {
    WeightsAt(buffer, *tensor);
    return kStatusSuccess;
  } catch (const std::bad_alloc&) {
    return kStatusNoMemory;
  }
}

void SetTensor(Buffer* buffer, Tensor* tensor, const void* data, size_t offset, size_t bytes) {
  Guarded([&] {
    if (Weights* weights = WeightsAt(buffer, *tensor); weights != nullptr) {
      weights->Set(data, offset, bytes);
    } else {
      std::memcpy(static_cast<uint8_t*>(tensor->data) + offset, data, bytes);
    }
  });
}

void FillTensor(Buffer* buffer, Tensor* tensor, uint8_t value, size_t offset, size_t bytes) {
  Guarded([&] {
    if (Weights* weights = WeightsAt(buffer, *tensor); weights != nullptr) {
      weights->Fill(value, offset, bytes);
    } else {
      std::memset(static_cast<uint8_t*>(tensor->data) + offset, value, bytes);
    }
  });
}

void GetTensor(Buffer* buffer, const Tensor* tensor, void* data, size_t offset, size_t bytes) {
  Guarded([&] {
    if (Weights* weights = WeightsAt(buffer, *tensor); weights != nullptr) {
      weights->Get(data, offset, bytes);
    } else {
      std::memcpy(data, static_cast<const uint8_t*>(tensor->data) + offset, bytes);
    }
  });
}

void Clear(Buffer* buffer, uint8_t value) {
  Contents& contents = ContentsOf(buffer);
  const std::lock_guard lock(contents.mutex);
  contents.weights.clear();
  std::memset(contents.memory.get(), value, contents.bytes);
}

// ---- What the host calls of the type
// ---------------------------------------------------------------

const char* TypeName(BufferType*) { return kDeviceName; }

size_t Alignment(BufferType*) { return LUTGEMM_ALIGNMENT; }

size_t AllocSize(BufferType*, const Tensor* tensor) {
  const size_t bytes = ThisHost().tensor_bytes(tensor);
  // Clients of RPC do not ask: they take the tensor's own bytes.
  return !ThisOptions().own_memory && tensor->view_src == nullptr && CanPack(*tensor)
             ? std::max(bytes, SlotBytes(ShapeOf(*tensor)))
             : bytes;
}

bool IsHost(BufferType*) { return false; }

Buffer* AllocBuffer(BufferType* type, size_t bytes) {
  auto contents = std::unique_ptr<Contents>(new (std::nothrow) Contents);
  if (contents == nullptr) return nullptr;
  contents->memory = Allocate(bytes);
  contents->bytes = bytes;
  if (contents->memory == nullptr) {
    Say("no memory for " + std::to_string(bytes) + " bytes of weights");
    return nullptr;
  }
  AdviseLargePages(contents->memory.get(), bytes);
  BufferCalls calls{};
  calls.free_buffer = FreeBuffer;
  calls.get_base = BaseOf;
  calls.init_tensor = InitTensor;
  calls.memset_tensor = FillTensor;
  calls.set_tensor = SetTensor;
  calls.get_tensor = GetTensor;
  calls.clear = Clear;
  return ThisHost().buffer_init(type, calls, contents.release(), bytes);
}

template <class Type>
void Fill(Type& type, Device* device) {
  type = {};
  type.get_name = TypeName;
  type.alloc_buffer = AllocBuffer;
  type.get_alignment = Alignment;
  type.get_alloc_size = AllocSize;
  type.is_host = IsHost;
  type.device = device;
}

}  // namespace

void InitBufferType(int api_version, Device* device) {
  if (api_version == 2) {
    Fill(the_type.two, device);
  } else {
    Fill(the_type.three, device);
  }
}

BufferType* OurBufferType() { return reinterpret_cast<BufferType*>(&the_type); }

bool IsOurs(const Tensor& tensor) {
  return tensor.buffer != nullptr && tensor.buffer->type == OurBufferType();
}

bool HasMemory(const Tensor& tensor) {
  return tensor.buffer != nullptr && tensor.buffer->context != nullptr && tensor.buffer->size != 0;
}

bool CanPack(const Tensor& tensor) {
  const Shape shape = ShapeOf(tensor);
  if (tensor.ne[0] <= 0 || tensor.ne[1] <= 0 || tensor.ne[2] <= 0 || tensor.ne[3] <= 0)
    return false;
  const size_t row = lutgemm_gguf_bytes(shape.type, 1, shape.k);
  return row != 0 && IsSameType(ThisHost(), tensor.type) && tensor.nb[1] == row &&
         tensor.nb[2] == row * shape.n &&
         tensor.nb[3] == tensor.nb[2] * static_cast<size_t>(tensor.ne[2]) && SlotBytes(shape) != 0;
}

Weights* FindWeights(const Tensor& tensor) {
  if (!IsOurs(tensor) || !HasMemory(tensor)) return nullptr;
  Contents& contents = ContentsOf(tensor.buffer);
  const std::lock_guard lock(contents.mutex);
  const auto found = contents.weights.find(tensor.data);
  return found == contents.weights.end() ? nullptr : found->second.get();
}

}  // namespace lutgemm_ggml
