// The host's processor back end, which knows addition, and how graphs for it are made.
#include "integrations/ggml/host.h"

#include <memory>

using namespace lutgemm_ggml;
using namespace lutgemm::test;

namespace {

// Also the graph that is made in it.
struct Context {
  std::vector<Tensor*> made;
  Nodes nodes{made};
};

struct ContextSize {
  size_t bytes;
  void* memory;
  bool no_data;
};

void* NoFunction(Registry*, const char*) { return nullptr; }

void Free(Backend* backend) { delete backend; }

bool Add(const Tensor& node) {
  if (node.op != kAdd) return false;
  for (int64_t i = 0; i < node.ne[0]; ++i) {
    static_cast<float*>(node.data)[i] = static_cast<const float*>(node.src[0]->data)[i] +
                                        static_cast<const float*>(node.src[1]->data)[i];
  }
  return true;
}

}  // namespace

#define LUTGEMM_HOST extern "C" __attribute__((visibility("default")))

LUTGEMM_HOST Backend* ggml_backend_init_by_type(int32_t type, const char*) {
  static Device device;
  static Registry registry{2, nullptr, nullptr, nullptr, NoFunction, nullptr};
  if (type != kDeviceProcessor || !Facts().processor) return nullptr;
  device.registry = &registry;
  auto backend = std::make_unique<Backend>();
  backend->calls.free = Free;
  backend->device = &device;
  return backend.release();
}
LUTGEMM_HOST int32_t ggml_backend_graph_compute(Backend*, Graph* graph) {
  for (const Tensor* node : reinterpret_cast<Nodes*>(graph)->all) {
    if (!Add(*node)) return kStatusFailed;
  }
  return kStatusSuccess;
}
LUTGEMM_HOST Registry* ggml_backend_dev_backend_reg(Device* device) { return device->registry; }
LUTGEMM_HOST void* ggml_backend_reg_get_proc_address(Registry* registry, const char* name) {
  return registry->get_proc_address(registry, name);
}
LUTGEMM_HOST Context* ggml_init(ContextSize) { return new Context; }
LUTGEMM_HOST void ggml_free(Context* context) { delete context; }
LUTGEMM_HOST size_t ggml_graph_overhead_custom(size_t size, bool) { return size * 8; }
LUTGEMM_HOST Graph* ggml_new_graph_custom(Context* context, size_t, bool) {
  return reinterpret_cast<Graph*>(&context->nodes);
}
LUTGEMM_HOST void ggml_graph_add_node(Graph* graph, Tensor* node) {
  auto* nodes = reinterpret_cast<Nodes*>(graph);
  const_cast<std::vector<Tensor*>&>(nodes->all).push_back(node);
}
