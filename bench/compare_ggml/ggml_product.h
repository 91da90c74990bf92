// A product through ggml's CPU back end, by ggml's public interface alone.
#ifndef LUTGEMM_BENCH_COMPARE_GGML_GGML_PRODUCT_H_
#define LUTGEMM_BENCH_COMPARE_GGML_GGML_PRODUCT_H_

#include <lutgemm/status.hpp>

#include <ggml-cpp.h>
#include <ggml.h>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lutgemm::bench {

// The type of a name such as "q4_0", in any case; none where this ggml has it not, cannot multiply
// with it, or needs more than the weights to quantise to it.
std::optional<ggml_type> GgmlTypeNamed(const std::string& name);

// Where weights may lie: the back end's ordinary memory, and those of its other kinds that store
// weights in an order of their own. Names as ggml gives them, such as "CPU" and "CPU_REPACK".
struct GgmlMemory {
  std::string name;
  ggml_backend_buffer_type_t kind = nullptr;
};

class GgmlBackend {
 public:
  static Result<GgmlBackend> Make(size_t threads);
  std::vector<GgmlMemory> memories() const;
  ggml_backend_t get() const { return backend_.get(); }

 private:
  ggml_backend_ptr backend_;
};

// Weights [n][k] as ggml quantises them.
struct GgmlWeights {
  ggml_type type = GGML_TYPE_F32;
  size_t n = 0, k = 0;
  std::vector<std::byte> bytes;

  static GgmlWeights Make(ggml_type type, std::span<const float> values, size_t k);
  // What one row means after quantising.
  std::vector<float> Row(size_t row) const;
};

// O[M,N] = A[M,K] x W[N,K]^T with so many copies of the weights.
class GgmlProduct {
 public:
  struct Spec {
    size_t m = 1;
    size_t copies = 1;
    GgmlMemory memory;
  };
  // kUnsupportedFormat where weights of that type and shape cannot be multiplied from that memory.
  static Result<GgmlProduct> Make(const GgmlBackend& backend, const GgmlWeights& weights,
                                  const Spec& spec, std::span<const float> acts);

  Status Run(size_t copy);
  std::vector<float> Output(size_t copy) const;

 private:
  bool AddCopies(const GgmlWeights& weights, const Spec& spec);
  bool AddActs(const GgmlWeights& weights, const Spec& spec, std::span<const float> acts);
  bool AddGraphs();

  ggml_backend_t backend_ = nullptr;
  ggml_context_ptr weight_context_, act_context_;
  ggml_backend_buffer_ptr weight_buffer_, act_buffer_;
  std::vector<ggml_tensor*> weights_, outputs_;
  ggml_tensor* acts_ = nullptr;
  std::vector<ggml_context_ptr> graph_contexts_;
  std::vector<ggml_cgraph*> graphs_;
  ggml_gallocr_ptr outputs_memory_;
};

}  // namespace lutgemm::bench

#endif  // LUTGEMM_BENCH_COMPARE_GGML_GGML_PRODUCT_H_
