// Method ternary5.
#include "kernels/common/pack_act.h"
#include "kernels/portable/blocks.h"
#include "layout/layout.h"

namespace lutgemm::kernels::portable {

template <bool kExact>
void Ternary5(const KernelArgs& args) {
  constexpr size_t kTable = kExact ? 2 * kTernary5Table : kTernary5Table;
  ForEachBlock<kExact>(
      args, [&](const uint8_t* codes, const uint8_t* data, const BlockCursor& at, int32_t* raw) {
        for (size_t q = at.begin; q < at.end; ++q) {
          const uint8_t* table = data + q * kTable;
          for (size_t o = 0; o < 64; ++o) {
            const uint8_t byte = codes[layout::TritsAt(o, q)];
            const uint8_t* entry = table + (byte & 127u);
            const int negative = kExact ? kTritSplit * (entry[kTernary5Table] - kTritSplitBias) +
                                              (entry[0] - kTritSplitBias)
                                        : entry[0] - 128;
            raw[o] += byte >= 128 ? -negative : negative;
          }
        }
      });
  StoreAll(args);
}

template void Ternary5<false>(const KernelArgs&);
template void Ternary5<true>(const KernelArgs&);

}  // namespace lutgemm::kernels::portable
