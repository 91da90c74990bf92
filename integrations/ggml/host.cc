#include "ggml/host.h"

#include <lutgemm/lutgemm.h>

#include <dlfcn.h>
#include <link.h>

#include <cstring>

namespace lutgemm_ggml {
namespace {

Host the_host;

struct Wanted {
  const char* name;
  void* found;
};

// Looks into one loaded library; 1 ends the walk over all of them.
int LookInto(dl_phdr_info* info, size_t, void* context) {
  auto& wanted = *static_cast<Wanted*>(context);
  if (info->dlpi_name == nullptr || info->dlpi_name[0] == '\0') return 0;
  void* handle = dlopen(info->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return 0;
  wanted.found = dlsym(handle, wanted.name);
  dlclose(handle);  // gives back what dlopen counted; the library stays
  return wanted.found != nullptr ? 1 : 0;
}

template <class Function>
bool Find(const char* name, Function** function) {
  void* found = FindLoaded(name);
  std::memcpy(function, &found, sizeof(found));
  return found != nullptr;
}

// The number that an earlier back end has registered with, which the host has compared with its
// own; where none has, what tells interfaces apart.
int VersionOf() {
  size_t (*count)() = nullptr;
  Registry* (*get)(size_t) = nullptr;
  if (Find("ggml_backend_reg_count", &count) && Find("ggml_backend_reg_get", &get) && count() > 0) {
    return get(0)->api_version;
  }
  if (FindLoaded("ggml_backend_buft_alloc_buffer_n") != nullptr) return 3;
  return FindLoaded("ggml_backend_tensor_set_2d") != nullptr ? 2 : 1;
}

bool FindOperations(Operations* op) {
  const char* (*name_of)(int32_t) = nullptr;
  if (!Find("ggml_op_name", &name_of)) return false;
  const struct {
    const char* name;
    int32_t* number;
  } wanted[] = {
      {"NONE", &op->none},         {"MUL_MAT", &op->mul_mat},    {"MUL_MAT_ID", &op->mul_mat_id},
      {"GET_ROWS", &op->get_rows}, {"RESHAPE", &op->reshape},    {"VIEW", &op->view},
      {"PERMUTE", &op->permute},   {"TRANSPOSE", &op->transpose}};
  // All of them stand before the middle of the host's list, whose end cannot be asked for.
  size_t found = 0;
  for (int32_t number = 0; number < 64 && found < std::size(wanted); ++number) {
    const char* name = name_of(number);
    for (const auto& one : wanted) {
      if (name == nullptr || std::strcmp(name, one.name) != 0) continue;
      *one.number = number;
      ++found;
    }
  }
  return found == std::size(wanted);
}

// A tensor made by the declaration here, as the host's functions see it.
bool TensorFits(const Host& host) {
  size_t (*overhead)() = nullptr;
  void* (*data_of)(const Tensor*) = nullptr;
  const char* (*name_of)(const Tensor*) = nullptr;
  Tensor tensor{};
  const int64_t ne[4] = {2, 3, 5, 7};
  size_t stride = 4;
  for (int d = 0; d < 4; ++d) {
    tensor.ne[d] = ne[d];
    tensor.nb[d] = stride;
    stride *= static_cast<size_t>(ne[d]);
  }
  tensor.data = &tensor;
  std::strcpy(tensor.name, "fits");
  // The overhead has a header of the host's besides.
  if (Find("ggml_tensor_overhead", &overhead) && overhead() != sizeof(Tensor) + 32) return false;
  if (Find("ggml_get_data", &data_of) && data_of(&tensor) != &tensor) return false;
  if (Find("ggml_get_name", &name_of) && std::strcmp(name_of(&tensor), "fits") != 0) return false;
  return host.tensor_bytes(&tensor) == stride;
}

template <class Function, class... Args>
auto Ask(const char* name, Args... args) {
  Function* function = nullptr;
  return Find(name, &function) ? function(args...) : decltype(function(args...)){};
}

}  // namespace

void* FindLoaded(const char* name) {
  if (void* found = dlsym(RTLD_DEFAULT, name); found != nullptr) return found;
  Wanted wanted{name, nullptr};
  dl_iterate_phdr(LookInto, &wanted);
  return wanted.found;
}

const Host& ThisHost() { return the_host; }
void SetHost(const Host& host) { the_host = host; }

std::string FindHost(Host* host) {
  const bool found =
      Find("ggml_backend_buffer_init", &host->buffer_init) &&
      Find("ggml_backend_cpu_buffer_type", &host->cpu_buffer_type) &&
      Find("ggml_backend_buft_is_host", &host->buft_is_host) &&
      Find("ggml_graph_n_nodes", &host->graph_size) && Find("ggml_graph_node", &host->graph_node) &&
      Find("ggml_nbytes", &host->tensor_bytes) && Find("ggml_row_size", &host->row_bytes) &&
      Find("ggml_type_name", &host->type_name);
  if (!found) {
    return "the process has no ggml whose functions can be found; it must be built with shared "
           "libraries and GGML_BACKEND_DL";
  }
  host->api_version = VersionOf();
  if (host->api_version != 2 && host->api_version != 3) {
    return "this ggml's back-end interface has version " + std::to_string(host->api_version) +
           "; versions 2 and 3 work";
  }
  if (!FindOperations(&host->op)) return "this ggml does not name the operations that are needed";
  if (!TensorFits(*host)) return "this ggml lays out its tensors in another way than 0.21 to 0.27";
  return "";
}

std::string CheckHost(const Host& host, Registry* registry) {
  const auto is = [](const char* text, const char* name) {
    return text != nullptr && std::strcmp(text, name) == 0;
  };
  using TextOfRegistry = const char*(Registry*);
  using TextOfDevice = const char*(Device*);
  using TextOfType = const char*(BufferType*);
  if (!is(Ask<TextOfRegistry>("ggml_backend_reg_name", registry), registry->get_name(registry)) ||
      Ask<size_t(Registry*)>("ggml_backend_reg_dev_count", registry) != 1) {
    return "this ggml does not see the back end's registry as it is";
  }
  Device* device = registry->get_device(registry, 0);
  if (!is(Ask<TextOfDevice>("ggml_backend_dev_name", device), device->calls.get_name(device)) ||
      Ask<int32_t(Device*)>("ggml_backend_dev_type", device) != kDeviceAccel) {
    return "this ggml does not see the device as it is";
  }
  BufferType* type = device->calls.get_buffer_type(device);
  if (Ask<BufferType*(Device*)>("ggml_backend_dev_buffer_type", device) != type ||
      Ask<Device*(BufferType*)>("ggml_backend_buft_get_device", type) != device ||
      !is(Ask<TextOfType>("ggml_backend_buft_name", type), device->calls.get_name(device)) ||
      Ask<size_t(BufferType*)>("ggml_backend_buft_get_alignment", type) != LUTGEMM_ALIGNMENT ||
      host.buft_is_host(type)) {
    return "this ggml does not see the buffer type as it is";
  }
  Backend* backend = device->calls.init_backend(device, "");
  if (backend == nullptr) return "no memory for a back end";
  const bool fits =
      Ask<Device*(Backend*)>("ggml_backend_get_device", backend) == backend->device &&
      is(Ask<const char*(Backend*)>("ggml_backend_name", backend), device->calls.get_name(device));
  backend->calls.free(backend);
  if (!fits) return "this ggml does not see the back end as it is";
  return "";
}

bool IsSameType(const Host& host, int32_t type) {
  // Rows of 256 weights are whole blocks of every type.
  const size_t bytes = lutgemm_gguf_bytes(static_cast<uint32_t>(type), 1, 256);
  return bytes != 0 && host.row_bytes(type, 256) == bytes;
}

}  // namespace lutgemm_ggml
