// The target PORTABLE: plain C++, on every machine. Its results equal every SIMD target's, bit for
// bit.
#ifndef LUTGEMM_KERNELS_PORTABLE_PORTABLE_H_
#define LUTGEMM_KERNELS_PORTABLE_PORTABLE_H_

#include "kernels/contract.h"

namespace lutgemm::kernels {
struct TargetKernels;
}  // namespace lutgemm::kernels

namespace lutgemm::kernels::portable {

extern const TargetKernels kKernels;

template <int kPlanes, bool kExact>
void Lut4(const KernelArgs& args);
template <bool kExact>
void Ternary5(const KernelArgs& args);
template <LayoutId kLayout>
void Dot(const KernelArgs& args);
template <LayoutId kLayout>
void Codebook(const KernelArgs& args);

void PackLut4Fast(const PackActArgs& args, size_t block_begin, size_t block_end);
void PackLut4Exact(const PackActArgs& args, size_t block_begin, size_t block_end);
void PackTernary5Fast(const PackActArgs& args, size_t block_begin, size_t block_end);
void PackTernary5Exact(const PackActArgs& args, size_t block_begin, size_t block_end);
void PackInt8(const PackActArgs& args, size_t block_begin, size_t block_end);
void StoreOutputs(const StoreArgs& args);
float SumSquares(const PackActArgs& args);
void ProduceRow(const PackActArgs& args, float* row);
void BlockScores(const CacheBlock& block, const float* query, size_t count, float* scores);
void BlockSums(const CacheBlock& block, const float* probabilities, size_t count, float* sums);

// Adds the raw sums of one strip's block to its accumulators; see fold-inl.h.
void Fold(const KernelArgs& args, const BlockCursor& at, size_t token, size_t strip,
          const int32_t* raw, bool exact);

// The weight that a code of output o of the call's first strip stands for.
float WeightValue(const KernelArgs& args, size_t group, size_t o, uint8_t code);

}  // namespace lutgemm::kernels::portable

#endif  // LUTGEMM_KERNELS_PORTABLE_PORTABLE_H_
