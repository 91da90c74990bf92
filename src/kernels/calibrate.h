// Hot loops that find out what this machine can do at best, for ratios beside measured times: how
// fast one core reads memory and how many int8 products it sums.
#ifndef LUTGEMM_KERNELS_CALIBRATE_H_
#define LUTGEMM_KERNELS_CALIBRATE_H_

#include <cstddef>
#include <cstdint>

namespace lutgemm::kernels {

// Reads every byte of a 64-byte aligned buffer once, `bytes` rounded down to a multiple of 64, and
// prefetches `ahead` bytes ahead, a multiple of 64, as the lookup kernels do. The sum keeps the
// reads alive.
uint64_t ReadAll(const std::byte* data, size_t bytes, size_t ahead = 1024) noexcept;

// Sums int8 products in registers for `turns` turns (of 192 vectors of products, where there are
// vectors) and adds how many to *macs.
int32_t DotAll(size_t turns, uint64_t* macs) noexcept;

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_CALIBRATE_H_
