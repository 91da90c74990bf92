// Method codebook.
#include "kernels/portable/bytes.h"

namespace lutgemm::kernels::portable {

namespace {

// The table that output o's group has chosen.
const int8_t* TableOf(const KernelArgs& args, size_t o, size_t group) {
  const WeightArgs& w = args.weight;
  if (w.selectors == nullptr) return w.book;
  const uint8_t* four =
      w.selectors + args.strip * w.selector_strip_stride + group * w.selector_group_stride + o / 4;
  return w.book + 16 * (*four >> o % 4 * 2 & 3);
}

}  // namespace

template <LayoutId kLayout>
void Codebook(const KernelArgs& args) {
  const uint8_t* codes = StripCodes(args, 0);
  const size_t padded_k = args.grid.steps * layout::kSlice;
  const size_t group_k = args.grid.group_steps * layout::kSlice;
  DotPanel(args, [&](size_t o, uint8_t* to) {
    DecodeRow<kLayout>(args, codes, o, to);
    for (size_t k = 0; k < padded_k; k += group_k) {
      const int8_t* table = TableOf(args, o, k / group_k);
      const size_t end = k + group_k < padded_k ? k + group_k : padded_k;
      for (size_t i = k; i < end; ++i) to[i] = static_cast<uint8_t>(table[to[i]] + kCodebookBias);
    }
  });
}

template void Codebook<LayoutId::kPlanes>(const KernelArgs&);
template void Codebook<LayoutId::kCodes>(const KernelArgs&);

}  // namespace lutgemm::kernels::portable
