// Method `codebook` for a few tokens, from nibbles and from planes.

#include "kernels/codebook/decode-inl.h"
#include "kernels/codebook/planes-inl.h"
#include "kernels/dot/small_m_codes-inl.h"
#include "kernels/dot/small_m_planes-inl.h"

#if LUTGEMM_BYTE_PRODUCT != LUTGEMM_PRODUCT_NONE

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

inline HWY_NOINLINE void CodebookSmallMCodes(const KernelArgs& args) {
  BySelectors(args.weight, [&](auto selects) HWY_ATTR {
    const CodebookTables book = LoadCodebook(args.weight);
    SmallMCodes(args, CodebookDecoder<selects>{args.weight, book});
  });
}

inline HWY_NOINLINE void CodebookSmallMPlanes(const KernelArgs& args) {
  SmallMPlanes<CodebookPairs>(args, [&](size_t strip, size_t token)
                                        HWY_ATTR { CodebookPlanesOutliers(args, strip, token); });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_BYTE_PRODUCT != LUTGEMM_PRODUCT_NONE
