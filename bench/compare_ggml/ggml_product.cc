#include "bench/compare_ggml/ggml_product.h"

#include <ggml-alloc.h>
#include <ggml-backend.h>
#include <strings.h>

#include <cstdio>
#include <utility>

namespace lutgemm::bench {
namespace {

constexpr size_t kGraphNodes = 8;

ggml_context_ptr MakeContext(size_t tensors) {
  ggml_init_params params = {};
  params.mem_size =
      tensors * ggml_tensor_overhead() + ggml_graph_overhead_custom(kGraphNodes, false);
  params.no_alloc = true;
  return ggml_context_ptr(ggml_init(params));
}

// ggml tells each tensor that it stores in another order; only warnings and errors are passed on.
void LogTroubles(ggml_log_level level, const char* text, void*) {
  if (level == GGML_LOG_LEVEL_WARN || level == GGML_LOG_LEVEL_ERROR) std::fputs(text, stderr);
}

template <class Function>
Function Lookup(ggml_backend_t backend, const char* name) {
  const ggml_backend_reg_t registry =
      ggml_backend_dev_backend_reg(ggml_backend_get_device(backend));
  return reinterpret_cast<Function>(ggml_backend_reg_get_proc_address(registry, name));
}

}  // namespace

std::optional<ggml_type> GgmlTypeNamed(const std::string& name) {
  for (int i = 0; i < GGML_TYPE_COUNT; ++i) {
    const auto type = static_cast<ggml_type>(i);
    const char* known = ggml_type_name(type);
    if (known == nullptr || strcasecmp(known, name.c_str()) != 0) continue;
    if (ggml_blck_size(type) == 0 || ggml_quantize_requires_imatrix(type)) return std::nullopt;
    return ggml_get_type_traits(type)->to_float != nullptr ? std::optional(type) : std::nullopt;
  }
  return std::nullopt;
}

Result<GgmlBackend> GgmlBackend::Make(size_t threads) {
  ggml_log_set(&LogTroubles, nullptr);
  ggml_backend_load_all();  // back ends that are libraries of their own
  GgmlBackend made;
  made.backend_.reset(ggml_backend_init_by_type(GGML_BACKEND_DEVICE_TYPE_CPU, nullptr));
  if (!made.backend_) return Status(Code::kUnsupportedCpu, "this ggml has no CPU back end");
  const auto set = Lookup<ggml_backend_set_n_threads_t>(made.get(), "ggml_backend_set_n_threads");
  if (set == nullptr) return Status(Code::kUnsupportedCpu, "this ggml cannot be told threads");
  set(made.get(), static_cast<int>(threads));
  return made;
}

std::vector<GgmlMemory> GgmlBackend::memories() const {
  std::vector<GgmlMemory> all;
  const auto add = [&all](ggml_backend_buffer_type_t kind) {
    all.push_back({ggml_backend_buft_name(kind), kind});
  };
  add(ggml_backend_get_default_buffer_type(get()));
  const auto others =
      Lookup<ggml_backend_dev_get_extra_bufts_t>(get(), "ggml_backend_dev_get_extra_bufts");
  if (others == nullptr) return all;
  ggml_backend_buffer_type_t* kinds = others(ggml_backend_get_device(get()));
  for (; kinds != nullptr && *kinds != nullptr; ++kinds) add(*kinds);
  return all;
}

GgmlWeights GgmlWeights::Make(ggml_type type, std::span<const float> values, size_t k) {
  GgmlWeights weights{type, values.size() / k, k, {}};
  weights.bytes.resize(weights.n * ggml_row_size(type, static_cast<int64_t>(k)));
  ggml_quantize_chunk(type, values.data(), weights.bytes.data(), 0, static_cast<int64_t>(weights.n),
                      static_cast<int64_t>(k), nullptr);
  return weights;
}

std::vector<float> GgmlWeights::Row(size_t row) const {
  std::vector<float> values(k);
  const std::byte* data = bytes.data() + row * (bytes.size() / n);
  ggml_get_type_traits(type)->to_float(data, values.data(), static_cast<int64_t>(k));
  return values;
}

bool GgmlProduct::AddCopies(const GgmlWeights& weights, const Spec& spec) {
  weight_context_ = MakeContext(spec.copies);
  for (size_t i = 0; i < spec.copies; ++i) {
    weights_.push_back(ggml_new_tensor_2d(weight_context_.get(), weights.type,
                                          static_cast<int64_t>(weights.k),
                                          static_cast<int64_t>(weights.n)));
  }
  weight_buffer_.reset(
      ggml_backend_alloc_ctx_tensors_from_buft(weight_context_.get(), spec.memory.kind));
  if (!weight_buffer_) return false;
  ggml_backend_buffer_set_usage(weight_buffer_.get(), GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
  return true;
}

bool GgmlProduct::AddActs(const GgmlWeights& weights, const Spec& spec,
                          std::span<const float> acts) {
  act_context_ = MakeContext(1);
  acts_ = ggml_new_tensor_2d(act_context_.get(), GGML_TYPE_F32, static_cast<int64_t>(weights.k),
                             static_cast<int64_t>(spec.m));
  act_buffer_.reset(ggml_backend_alloc_ctx_tensors(act_context_.get(), backend_));
  if (!act_buffer_) return false;
  ggml_backend_tensor_set(acts_, acts.data(), 0, acts.size_bytes());
  return true;
}

// One graph per copy; their outputs share memory.
bool GgmlProduct::AddGraphs() {
  outputs_memory_.reset(ggml_gallocr_new(ggml_backend_get_default_buffer_type(backend_)));
  for (ggml_tensor* weight : weights_) {
    graph_contexts_.push_back(MakeContext(2));
    ggml_context* context = graph_contexts_.back().get();
    outputs_.push_back(ggml_mul_mat(context, weight, acts_));
    if (!ggml_backend_supports_op(backend_, outputs_.back())) return false;
    graphs_.push_back(ggml_new_graph_custom(context, kGraphNodes, false));
    ggml_build_forward_expand(graphs_.back(), outputs_.back());
    if (!ggml_gallocr_alloc_graph(outputs_memory_.get(), graphs_.back())) return false;
  }
  return true;
}

Result<GgmlProduct> GgmlProduct::Make(const GgmlBackend& backend, const GgmlWeights& weights,
                                      const Spec& spec, std::span<const float> acts) {
  GgmlProduct product;
  product.backend_ = backend.get();
  if (!product.AddCopies(weights, spec) || !product.AddActs(weights, spec, acts)) {
    return Status(Code::kOutOfMemory, "ggml has no memory for the weights or activations");
  }
  if (!product.AddGraphs()) {
    return Status(Code::kUnsupportedFormat, "ggml cannot multiply such weights from there");
  }
  for (ggml_tensor* weight : product.weights_) {
    ggml_backend_tensor_set(weight, weights.bytes.data(), 0, weights.bytes.size());
  }
  return product;
}

Status GgmlProduct::Run(size_t copy) {
  const ggml_status status = ggml_backend_graph_compute(backend_, graphs_[copy]);
  if (status == GGML_STATUS_SUCCESS) return {};
  return {Code::kInternal, std::string("ggml: ") + ggml_status_to_string(status)};
}

std::vector<float> GgmlProduct::Output(size_t copy) const {
  std::vector<float> values(static_cast<size_t>(ggml_nelements(outputs_[copy])));
  ggml_backend_tensor_get(outputs_[copy], values.data(), 0, values.size() * sizeof(float));
  return values;
}

}  // namespace lutgemm::bench
