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
void Lut4(const LookupArgs& args);
template <bool kExact>
void Ternary5(const LookupArgs& args);
template <LayoutId kLayout>
void Dot(const LookupArgs& args);
template <LayoutId kLayout>
void Codebook(const LookupArgs& args);

void PrepPlanesFast(const PrepArgs& args, size_t block_begin, size_t block_end);
void PrepPlanesExact(const PrepArgs& args, size_t block_begin, size_t block_end);
void PrepTritsFast(const PrepArgs& args, size_t block_begin, size_t block_end);
void PrepTritsExact(const PrepArgs& args, size_t block_begin, size_t block_end);
void PrepInt8(const PrepArgs& args, size_t block_begin, size_t block_end);
void StoreOutputs(const StoreArgs& args);
float SumSquares(const PrepArgs& args);
void ProduceRow(const PrepArgs& args, float* row);
void BlockScores(const CacheBlock& block, const float* query, size_t count, float* scores);
void BlockSums(const CacheBlock& block, const float* probabilities, size_t count, float* sums);

// Adds the raw sums of one strip's block to its accumulators; see fold-inl.h.
void Fold(const LookupArgs& args, const BlockCursor& at, size_t token, size_t strip,
          const int32_t* raw, bool exact);

// The weight that a code of output o of the call's first strip stands for.
float WeightValue(const LookupArgs& args, size_t group, size_t o, uint8_t code);

}  // namespace lutgemm::kernels::portable

#endif  // LUTGEMM_KERNELS_PORTABLE_PORTABLE_H_
