// What becomes of a call's sums: factors, bias, conversion, store.
#ifndef LUTGEMM_KERNELS_EPILOGUE_H_
#define LUTGEMM_KERNELS_EPILOGUE_H_

#include <lutgemm/types.hpp>

#include <cstddef>

namespace lutgemm::kernels {

// Multiplies by unit times the output's factor, adds bias, converts and stores outputs [0, count)
// of each token. int32 outputs are stored as they are.
struct StoreArgs {
  const float* acc = nullptr;  // [token][kAccUnit]
  size_t tokens = 0;
  size_t count = 0;  // at most kAccUnit
  const float* bias = nullptr;
  float unit = 1.0f;
  const float* factors = nullptr;  // of each output; null: 1
  Elem elem = Elem::kF32;
  std::byte* out = nullptr;  // first output of the first token
  size_t out_stride = 0;     // bytes between tokens
};
using StoreFn = void (*)(const StoreArgs&);

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_EPILOGUE_H_
