// The device, the back ends made of it, and what the host asks for when it loads the library.
//
// The host sees one device, whose buffer type is that of packed weights. Back ends that it makes
// say that they are of another one, which differs in that: its buffer type is the processor's, so
// that activations stay where the host's own operations need them and are never copied.
#include "ggml/buffer.h"
#include "ggml/graph.h"
#include "ggml/host.h"
#include "ggml/options.h"

#include <cstring>
#include <new>

namespace lutgemm_ggml {
namespace {

Registry the_registry;
Device the_device;   // what is registered
Device the_working;  // that of back ends

// ---- A back end
// -----------------------------------------------------------------------------------

const char* BackendName(Backend*) { return kDeviceName; }

void FreeBackend(Backend* backend) {
  delete static_cast<Compute*>(backend->context);
  delete backend;
}

int32_t ComputeGraph(Backend* backend, Graph* graph) {
  return static_cast<Compute*>(backend->context)->Run(graph);
}

void SetThreads(Backend* backend, int threads) {
  static_cast<Compute*>(backend->context)->SetThreads(threads);
}

// ---- A device
// -------------------------------------------------------------------------------------

const char* DeviceName(Device*) { return kDeviceName; }

const char* DeviceDescription(Device*) { return "matrix products of low-bit weights"; }

// Nothing to tell: the memory is the processor's.
void DeviceMemory(Device*, size_t* free, size_t* total) { *free = *total = 0; }

int32_t DeviceType(Device*) { return kDeviceAccel; }

void DeviceProps(Device* device, DeviceProperties* properties) {
  *properties = {};
  properties->name = DeviceName(device);
  properties->description = DeviceDescription(device);
  properties->type = kDeviceAccel;
  properties->mmap_support = true;  // weights are copied from the mapping
}

Backend* InitBackend(Device*, const char*) {
  static const uint8_t guid[16] = {0x6c, 0x75, 0x74, 0x67, 0x65, 0x6d, 0x6d, 0x2d,
                                   0x67, 0x67, 0x6d, 0x6c, 0x2d, 0x76, 0x30, 0x31};
  auto* backend = new (std::nothrow) Backend{};
  auto* compute = new (std::nothrow) Compute;
  if (backend == nullptr || compute == nullptr) {
    delete backend;
    delete compute;
    return nullptr;
  }
  backend->guid = &guid;
  backend->calls.get_name = BackendName;
  backend->calls.free = FreeBackend;
  backend->calls.graph_compute = ComputeGraph;
  backend->device = ThisOptions().own_memory ? &the_device : &the_working;
  backend->context = compute;
  return backend;
}

BufferType* WeightMemory(Device*) { return OurBufferType(); }

BufferType* ProcessorMemory(Device*) { return ThisHost().cpu_buffer_type(); }

bool SupportsOp(Device*, const Tensor* node) { return Supports(*node); }

bool SupportsMemory(Device*, BufferType* type) {
  return type == OurBufferType() || ThisHost().buft_is_host(type);
}

// ---- The registry
// ---------------------------------------------------------------------------------

const char* RegistryName(Registry*) { return kDeviceName; }

size_t DeviceCount(Registry*) { return 1; }

Device* DeviceAt(Registry*, size_t index) { return index == 0 ? &the_device : nullptr; }

void* ProcAddress(Registry*, const char* name) {
  if (std::strcmp(name, "ggml_backend_set_n_threads") != 0) return nullptr;
  return reinterpret_cast<void*>(SetThreads);
}

Device MakeDevice(BufferType* (*memory)(Device*)) {
  Device device{};
  device.calls.get_name = DeviceName;
  device.calls.get_description = DeviceDescription;
  device.calls.get_memory = DeviceMemory;
  device.calls.get_type = DeviceType;
  device.calls.get_props = DeviceProps;
  device.calls.init_backend = InitBackend;
  device.calls.get_buffer_type = memory;
  device.calls.supports_op = SupportsOp;
  device.calls.supports_buft = SupportsMemory;
  device.registry = &the_registry;
  return device;
}

Registry MakeRegistry(int api_version) {
  return {api_version, RegistryName, DeviceCount, DeviceAt, ProcAddress, nullptr};
}

Registry* Refuse(const std::string& why) {
  Say("not used: " + why);
  return nullptr;
}

Registry* Init() {
  Options options;
  if (std::string wrong = ReadOptions(&options); !wrong.empty()) return Refuse(wrong);
  Host host;
  if (std::string wrong = FindHost(&host); !wrong.empty()) return Refuse(wrong);
  SetOptions(options);
  SetHost(host);
  the_device = MakeDevice(WeightMemory);
  the_working = MakeDevice(ProcessorMemory);
  the_registry = MakeRegistry(host.api_version);
  InitBufferType(host.api_version, &the_device);
  if (std::string wrong = CheckHost(host, &the_registry); !wrong.empty()) return Refuse(wrong);
  return &the_registry;
}

}  // namespace
}  // namespace lutgemm_ggml

// What the host looks for in the library. It prints nothing of its own where this is null but that
// it is.
extern "C" __attribute__((visibility("default"))) lutgemm_ggml::Registry* ggml_backend_init() {
  try {
    return lutgemm_ggml::Init();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
