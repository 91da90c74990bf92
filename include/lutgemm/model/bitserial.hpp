// The bit-serial tile of BitMoD (HPCA 2025): 8 tokens by 8 outputs of processing elements that
// spend one term of a weight per cycle. Bit-true and counted in cycles; docs/model.md has its
// steps.
// Defined in src/model/api.
#ifndef LUTGEMM_MODEL_BITSERIAL_HPP_
#define LUTGEMM_MODEL_BITSERIAL_HPP_

#include <lutgemm/weights.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace lutgemm::model {

struct BitSerialRun {
  std::vector<float> out;  // [m][N]
  uint64_t cycles = 0;     // of one tile that does all outputs, 8 tokens by 8 at a time
  uint64_t stalls = 0;     // of them, waiting for a dequantiser
};

// O[M,N] = A[M,K] x W[N,K]^T of f16 activations [m][K] and weights of format kBitmod3 or kBitmod4
// with scales of type kU8. Fails with kUnsupportedFormat for other weights, kBadShape where the
// activations are not m * K, kNotFinite where one of them is not finite, and as Validate does.
LUTGEMM_API Result<BitSerialRun> RunBitSerial(const QuantizedMatrix& weights,
                                              std::span<const uint16_t> acts, size_t m) noexcept;

}  // namespace lutgemm::model

#endif  // LUTGEMM_MODEL_BITSERIAL_HPP_
