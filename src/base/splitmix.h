// SplitMix64: random bits that are equal on every machine. Any seed is good.
#ifndef LUTGEMM_BASE_SPLITMIX_H_
#define LUTGEMM_BASE_SPLITMIX_H_

#include <cstdint>

namespace lutgemm::base {

class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}

  uint64_t Bits() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_SPLITMIX_H_
