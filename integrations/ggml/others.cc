#include "ggml/others.h"

#include "ggml/host.h"
#include "ggml/options.h"

#include <cstring>

namespace lutgemm_ggml {
namespace {

struct Context;  // the host's alone: what graphs are made in

struct ContextSize {
  size_t bytes;
  void* memory;
  bool no_data;
};

// Functions of the host that are looked for only where they are needed.
struct Calls {
  Backend* (*init_by_type)(int32_t, const char*);
  int32_t (*compute)(Backend*, Graph*);
  Registry* (*registry)(Device*);
  void* (*address)(Registry*, const char*);
  Context* (*init)(ContextSize);
  void (*free)(Context*);
  size_t (*overhead)(size_t, bool);
  Graph* (*new_graph)(Context*, size_t, bool);
  void (*add_node)(Graph*, Tensor*);
};

template <class Function>
bool Find(const char* name, Function** function) {
  void* found = FindLoaded(name);
  std::memcpy(function, &found, sizeof(found));
  return found != nullptr;
}

// Null where the host lacks one.
const Calls* FindCalls() {
  static Calls calls;
  static const bool found = Find("ggml_backend_init_by_type", &calls.init_by_type) &&
                            Find("ggml_backend_graph_compute", &calls.compute) &&
                            Find("ggml_backend_dev_backend_reg", &calls.registry) &&
                            Find("ggml_backend_reg_get_proc_address", &calls.address) &&
                            Find("ggml_init", &calls.init) && Find("ggml_free", &calls.free) &&
                            Find("ggml_graph_overhead_custom", &calls.overhead) &&
                            Find("ggml_new_graph_custom", &calls.new_graph) &&
                            Find("ggml_graph_add_node", &calls.add_node);
  return found ? &calls : nullptr;
}

void SetThreads(const Calls& calls, Backend* processor, size_t threads) {
  using Set = void(Backend*, int);
  void* found = calls.address(calls.registry(processor->device), "ggml_backend_set_n_threads");
  if (found != nullptr) reinterpret_cast<Set*>(found)(processor, static_cast<int>(threads));
}

}  // namespace

Others::~Others() {
  if (processor_ != nullptr) processor_->calls.free(processor_);
}

bool Others::Run(Graph* graph, int begin, int end, size_t threads) {
  const Calls* calls = FindCalls();
  if (calls != nullptr && processor_ == nullptr) {
    processor_ = calls->init_by_type(kDeviceProcessor, nullptr);
  }
  if (processor_ == nullptr) {
    Say("the host has no processor back end for what is not a product");
    return false;
  }
  const auto nodes = static_cast<size_t>(end - begin);
  // Beside the graph, the context has a header for it.
  Context* context = calls->init({calls->overhead(nodes, false) + 1024, nullptr, true});
  if (context == nullptr) return false;
  SetThreads(*calls, processor_, threads);
  Graph* part = calls->new_graph(context, nodes, false);
  for (int i = begin; i < end; ++i) calls->add_node(part, ThisHost().graph_node(graph, i));
  const bool done = calls->compute(processor_, part) == kStatusSuccess;
  calls->free(context);
  if (!done) Say("the host's processor back end failed");
  return done;
}

}  // namespace lutgemm_ggml
