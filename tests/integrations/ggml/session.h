// What tests of the back end share: a back end of a version and mode, nodes, and float64 products.
#ifndef LUTGEMM_INTEGRATIONS_GGML_TEST_SESSION_H_
#define LUTGEMM_INTEGRATIONS_GGML_TEST_SESSION_H_

#include "integrations/ggml/blocks.h"
#include "integrations/ggml/host.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace lutgemm::test {

using lutgemm_ggml::kStatusFailed;
using lutgemm_ggml::kStatusSuccess;
using lutgemm_ggml::kTypeF16;
using lutgemm_ggml::kTypeF32;
using lutgemm_ggml::kTypeI32;

constexpr size_t kK = 512, kN = 48;

// A back end of this interface version and mode, without threads of its own.
class Session {
 public:
  explicit Session(int version, const char* mode = "exact") {
    Facts() = {};
    Facts().api_version = version;
    setenv("LUTGEMM_GGML_MODE", mode, 1);
    registry = LoadBackend();
    REQUIRE(registry != nullptr);
    device = registry->get_device(registry, 0);
    backend = device->calls.init_backend(device, "");
    REQUIRE(backend != nullptr);
  }
  ~Session() { backend->calls.free(backend); }

  Registry* registry;
  Device* device;
  Backend* backend;
};

// What hosts call before a graph.
inline void SetThreads(const Session& session, int threads) {
  void* found = session.registry->get_proc_address(session.registry, "ggml_backend_set_n_threads");
  REQUIRE(found != nullptr);
  void (*set_threads)(Backend*, int) = nullptr;
  std::memcpy(&set_threads, &found, sizeof(set_threads));
  set_threads(session.backend, threads);
}

inline Tensor WeightsOf(const BlockKind& kind, int64_t parts2 = 1, int64_t parts3 = 1) {
  return MakeTensor(static_cast<int32_t>(kind.type), {kK, kN, parts2, parts3});
}

inline Tensor ProductOf(Tensor* weights, Tensor* act, float* out) {
  Tensor node = MakeTensor(kTypeF32, {weights->ne[1], act->ne[1], act->ne[2], act->ne[3]});
  node.op = kMulMat;
  node.src[0] = weights;
  node.src[1] = act;
  node.data = out;
  return node;
}

// Activations are rounded to 127 steps of the largest one of a token, at most half a step wrong
// each; float32 arithmetic adds less than a part in 2^12 of what is summed, for sums this long.
inline void CheckToken(const double* weights, const std::vector<double>& act, const float* out) {
  double largest = 0;
  for (const double a : act) largest = std::max(largest, std::fabs(a));
  for (size_t n = 0; n < kN; ++n) {
    double sum = 0, step = 0, all = 0;
    for (size_t k = 0; k < kK; ++k) {
      const double w = weights[n * kK + k];
      sum += w * act[k];
      step += std::fabs(w) * largest / 254;
      all += std::fabs(w * act[k]);
    }
    CAPTURE(n);
    REQUIRE(std::fabs(sum - static_cast<double>(out[n])) <= step + all * 0x1p-12);
  }
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_INTEGRATIONS_GGML_TEST_SESSION_H_
