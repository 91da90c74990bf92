// oneDNN's matmul as a second opinion (verify) and as a yardstick (bench), where the build has it.
#ifndef LUTGEMM_TOOLS_MEASURE_ONEDNN_H_
#define LUTGEMM_TOOLS_MEASURE_ONEDNN_H_

#include <lutgemm/status.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace lutgemm::tools {

// False where this command was built without oneDNN; then every Make below fails.
bool HaveOneDnn();
// Threads that oneDNN uses from now on; false if its runtime does not listen.
bool SetOneDnnThreads(size_t threads);

struct OneDnnShape {
  enum class Kind {
    kF32,   // f32 x f32 -> f32
    kU8S8,  // u8 activations x s8 weights -> s32
  };
  Kind kind = Kind::kF32;
  size_t m = 1, n = 1, k = 1;
};

// O[M,N] = A[M,K] x W[N,K]^T with weights in the layout that oneDNN likes best.
class OneDnnProduct {
 public:
  static Result<OneDnnProduct> Make(const OneDnnShape& shape);

  // Adds one more copy of weights given as [n][k].
  Status AddWeights(const void* weights);
  size_t weight_bytes() const;  // of one copy
  std::string implementation() const;
  // `act` is [m][k], `out` is [m][n].
  Status Run(size_t copy, const void* act, void* out) const;

  OneDnnProduct(OneDnnProduct&&) noexcept;
  OneDnnProduct& operator=(OneDnnProduct&&) noexcept;
  ~OneDnnProduct();

 private:
  struct Impl;
  explicit OneDnnProduct(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MEASURE_ONEDNN_H_
