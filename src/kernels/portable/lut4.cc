// Method lut4.
#include "kernels/portable/blocks.h"
#include "layout/layout.h"

namespace lutgemm::kernels::portable {

template <int kPlanes, bool kExact>
void Lut4(const KernelArgs& args) {
  constexpr size_t kTable = kExact ? 2 * kLut4Table : kLut4Table;
  ForEachBlock<kExact>(
      args, [&](const uint8_t* codes, const uint8_t* data, const BlockCursor& at, int32_t* raw) {
        for (size_t s = at.begin; s < at.end; ++s) {
          const auto* table = reinterpret_cast<const int8_t*>(data + s * kTable);
          for (int p = 0; p < kPlanes; ++p) {
            const uint8_t* cell = codes + (s * kPlanes + static_cast<size_t>(p)) * layout::kCell;
            const int mult = args.weight.plane_mult[p];
            for (size_t i = 0; i < layout::kCell; ++i) {
              const auto entry = [&](unsigned nibble) {
                const size_t at_entry = i % 4 * 16 + nibble;
                return kExact ? 16 * table[64 + at_entry] + table[at_entry] : int{table[at_entry]};
              };
              raw[i / 4] += mult * entry(cell[i] & 15u);
              raw[i / 4 + 16] += mult * entry(cell[i] >> 4);
            }
          }
        }
      });
  StoreAll(args);
}

template void Lut4<1, false>(const KernelArgs&);
template void Lut4<2, false>(const KernelArgs&);
template void Lut4<3, false>(const KernelArgs&);
template void Lut4<4, false>(const KernelArgs&);
template void Lut4<1, true>(const KernelArgs&);
template void Lut4<2, true>(const KernelArgs&);
template void Lut4<3, true>(const KernelArgs&);
template void Lut4<4, true>(const KernelArgs&);

}  // namespace lutgemm::kernels::portable
