// Activations in a channel order: elements that lie anywhere in a token are gathered into short
// runs, which then load like tokens without an order. The same code on every target.
#ifndef LUTGEMM_KERNELS_COMMON_GATHER_H_
#define LUTGEMM_KERNELS_COMMON_GATHER_H_

#include "kernels/contract.h"

#include <cstring>

namespace lutgemm::kernels {

// Elements order[0] to order[count - 1] of `from` side by side.
template <size_t kBytes>
inline void GatherBytes(const void* from, const uint32_t* order, size_t count, std::byte* to) {
  const auto* bytes = static_cast<const std::byte*>(from);
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(to + i * kBytes, bytes + size_t{order[i]} * kBytes, kBytes);
  }
}

inline void Gather(Elem elem, const void* from, const uint32_t* order, size_t count,
                   std::byte* to) {
  if (elem == Elem::kF32) return GatherBytes<4>(from, order, count, to);
  if (elem == Elem::kI8) return GatherBytes<1>(from, order, count, to);
  GatherBytes<2>(from, order, count, to);
}

// A run of a token's elements, and the arguments under which it is a token of its own.
class GatheredPiece {
 public:
  static constexpr size_t kLength = 256;  // whole vectors of every target

  explicit GatheredPiece(const PackActArgs& token) : token_(token), args_(token) {
    args_.order = nullptr;
    args_.act = act_;
    args_.produce.gamma = reinterpret_cast<const float*>(other_);
    args_.produce.up = other_;
  }

  // Positions [k, k + count) of the product as elements [0, count); count is at most kLength.
  const PackActArgs& Fill(size_t k, size_t count) {
    const uint32_t* order = token_.order + k;
    Gather(token_.elem, token_.act, order, count, act_);
    if (token_.produce.kind == Produce::Kind::kRmsNorm) {
      GatherBytes<sizeof(float)>(token_.produce.gamma, order, count, other_);
    } else if (token_.produce.kind == Produce::Kind::kSiluGate) {
      Gather(token_.elem, token_.produce.up, order, count, other_);
    }
    return args_;
  }

 private:
  const PackActArgs& token_;
  PackActArgs args_;
  alignas(64) std::byte act_[kLength * sizeof(float)];
  alignas(64) std::byte other_[kLength * sizeof(float)];  // gamma or up
};

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_COMMON_GATHER_H_
