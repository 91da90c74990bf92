// Method dot.
#include "kernels/portable/bytes.h"

namespace lutgemm::kernels::portable {

void AddOutliers(const KernelArgs& args, size_t padded_k, size_t token) {
  if (!HasOutliers(args.act.outliers, token)) return;
  for (size_t o = 0; o < args.weight.strip; ++o) {
    float rest = 0.0f;
    for (size_t segment = 0; segment < args.act.outliers.segments; ++segment) {
      for (size_t run = 0;; ++run) {
        const std::span<const Outlier> outliers =
            OutliersOf(args.act.outliers, token, segment, run);
        if (outliers.empty()) break;
        for (const Outlier& outlier : outliers) {
          const uint8_t code = args.panel[o * padded_k + outlier.k];
          const size_t group = outlier.k / layout::kSlice / args.grid.group_steps;
          rest += outlier.rest * WeightValue(args, group, o, code);
        }
      }
    }
    args.acc[AccIndex(args, token, o)] += rest;
  }
}

template <LayoutId kLayout>
void Dot(const KernelArgs& args) {
  const uint8_t* codes = StripCodes(args, 0);
  DotPanel(args, [&](size_t o, uint8_t* to) { DecodeRow<kLayout>(args, codes, o, to); });
}

template void Dot<LayoutId::kPlanes>(const KernelArgs&);
template void Dot<LayoutId::kTrits>(const KernelArgs&);
template void Dot<LayoutId::kCodes>(const KernelArgs&);

}  // namespace lutgemm::kernels::portable
