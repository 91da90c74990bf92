// Method `codebook` for one token, from nibbles and from planes.

#include "kernels/codebook/decode-inl.h"
#include "kernels/codebook/planes-inl.h"
#include "kernels/dot/gemv_codes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

inline HWY_NOINLINE void CodebookGemvCodes(const KernelArgs& args) {
  BySelectors(args.weight, [&](auto selects) HWY_ATTR {
    const CodebookTables book = LoadCodebook(args.weight);
    const CodebookDecoder<selects> decoder{args.weight, book};
    ForEachToken(args,
                 [&](const KernelArgs& one) HWY_ATTR { GemvCodesStrips<kAllBytes>(one, decoder); });
  });
}

#if LUTGEMM_BIT_TRANSPOSE
inline HWY_NOINLINE void CodebookGemvPlanes(const KernelArgs& args) {
  ForEachToken(args, [](const KernelArgs& one) HWY_ATTR {
    CodebookGemvStrips(one);
    if (HasOutliers(one.act.outliers, one.token_begin)) {
      for (size_t strip = 0; strip < one.strips; ++strip) {
        CodebookPlanesOutliers(one, strip, one.token_begin);
      }
    }
    StoreTokens(one, one.token_begin, 1);
  });
}
#endif

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
