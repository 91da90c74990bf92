// Method `codebook` for many tokens: panels of entries times int8 activations.

#include "kernels/codebook/decode-inl.h"
#include "kernels/codebook/planes-inl.h"
#include "kernels/dot/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

// Which strip's codes these are.
HWY_INLINE size_t StripOfCodes(const KernelArgs& args, const uint8_t* codes) {
  return static_cast<size_t>(codes - args.weight.codes) / args.weight.strip_bytes;
}

// Where no instruction transposes bits, codes of three planes are expanded as integers are, then
// looked up while they are in the L1 cache.
HWY_INLINE void ExpandCodebookPlanes(const KernelArgs& args, const uint8_t* codes, size_t begin,
                                     size_t end, uint8_t* panel) {
  const size_t strip = StripOfCodes(args, codes);
#if LUTGEMM_BIT_TRANSPOSE
  ExpandCodebookSlices(args, strip, codes, begin, end, panel);
#else
  constexpr size_t kPiece = 16;
  for (size_t s = begin; s < end; s += kPiece, panel += kPiece * 4 * kPanelRow) {
    const size_t stop = HWY_MIN(s + kPiece, end);
    ExpandPlanes<3>(args, codes, s, stop, panel);
    DecodePanel(args, strip, s, stop, panel);
  }
#endif
}

inline HWY_NOINLINE void CodebookGemmPlanes(const KernelArgs& args) {
  DotPanels<kAllBytes>(args, 0, ExpandCodebookPlanes);
}

// Decodes for ExpandNibbles, with the row of a group in memory.
template <bool kSelects>
struct CodebookPanelDecode {
  const CodebookTables& book;
  alignas(64) uint8_t row[64];

  HWY_INLINE CodebookBytes operator()(CodebookBytes nibbles) const {
    CodebookBytes LUTGEMM_CODEBOOK_TABLES(table);
    LoadTables(book, LUTGEMM_CODEBOOK_TABLES(table));
    return Decode(kSelects, nibbles, hn::Load(CodebookTag(), row), LUTGEMM_CODEBOOK_TABLES(table));
  }
};

inline HWY_NOINLINE void CodebookGemmCodes(const KernelArgs& args) {
  BySelectors(args.weight, [&](auto selects) HWY_ATTR {
    const CodebookTables book = LoadCodebook(args.weight);
    const CodebookDecoder<selects> decoder{args.weight, book};
    DotPanels<kAllBytes>(
        args, 0,
        [&](const KernelArgs&, const uint8_t* codes, size_t begin, size_t end, uint8_t* panel)
            HWY_ATTR {
              const size_t strip = StripOfCodes(args, codes);
              ExpandNibbles(args, codes, begin, end, panel, [&](size_t group, size_t o) HWY_ATTR {
                CodebookPanelDecode<selects> decode{book, {}};
                hn::Store(decoder.Row(strip, group, o), CodebookTag(), decode.row);
                return decode;
              });
            });
  });
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
