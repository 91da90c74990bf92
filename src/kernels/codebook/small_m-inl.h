// Method `codebook` for a few tokens, from nibbles and from planes.
#if defined(LUTGEMM_KERNELS_CODEBOOK_SMALL_M_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_CODEBOOK_SMALL_M_INL_H_
#undef LUTGEMM_KERNELS_CODEBOOK_SMALL_M_INL_H_
#else
#define LUTGEMM_KERNELS_CODEBOOK_SMALL_M_INL_H_
#endif

#include "kernels/codebook/decode-inl.h"
#include "kernels/codebook/planes-inl.h"
#include "kernels/dot/small_m_codes-inl.h"
#include "kernels/dot/small_m_planes-inl.h"

#if LUTGEMM_WIDE_LOOKUP

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

inline HWY_NOINLINE void CodebookSmallMCodes(const LookupArgs& args) {
  BySelectors(args.weight, [&](auto selects) HWY_ATTR {
    const Book book = LoadBook(args.weight);
    FewTokensStrips(args, BookDecoder<selects>{args.weight, book});
  });
}

inline HWY_NOINLINE void CodebookSmallMPlanes(const LookupArgs& args) {
  FewPlanesStrips<BookPairs>(args, [&](size_t strip, size_t token) HWY_ATTR {
    BookPlanes3Outliers(args, strip, token);
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_WIDE_LOOKUP

#endif  // LUTGEMM_KERNELS_CODEBOOK_SMALL_M_INL_H_
