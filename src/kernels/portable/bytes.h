// Products of bytes: what methods dot and codebook of PORTABLE share.
#ifndef LUTGEMM_KERNELS_PORTABLE_BYTES_H_
#define LUTGEMM_KERNELS_PORTABLE_BYTES_H_

#include "kernels/portable/blocks.h"
#include "layout/layout.h"

#include <cstring>

namespace lutgemm::kernels::portable {

// All codes of output o, at their padded positions, to `to`.
template <LayoutId kLayout>
void DecodeRow(const KernelArgs& args, const uint8_t* codes, size_t o, uint8_t* to) {
  const WeightArgs& w = args.weight;
  for (size_t s = 0; s < args.grid.steps; ++s, to += layout::kSlice) {
    if constexpr (kLayout == LayoutId::kTrits) {
      for (size_t i = 0; i < layout::kSlice; ++i) {
        const size_t k = s * layout::kSlice + i, quint = k / layout::kTritsPerByte;
        const auto digit = static_cast<unsigned>(k % layout::kTritsPerByte);
        const bool inside = quint < w.strip_bytes / 64;
        to[i] =
            inside
                ? static_cast<uint8_t>(layout::TritDigit(codes[layout::TritsAt(o, quint)], digit))
                : uint8_t{0};
      }
    } else if constexpr (kLayout == LayoutId::kCodes) {
      for (size_t k8 = 0; k8 < layout::kSlice; k8 += 8) {
        const uint8_t* four = codes + layout::CodesAt(o, s * layout::kSlice + k8).byte;
        for (size_t i = 0; i < 4; ++i) {
          to[k8 + i] = four[i] & 15u;
          to[k8 + 4 + i] = four[i] >> 4;
        }
      }
    } else {
      uint32_t words[4] = {};  // four codes each: bytes never carry
      for (size_t p = 0; p < w.planes; ++p) {
        const layout::BitAddress at = layout::PlanesAt(w.planes, o, s * layout::kSlice, p);
        for (size_t j = 0; j < 4; ++j) {
          const unsigned nibble = codes[at.byte + j] >> at.bit & 15u;
          // Bit i of the nibble to byte i.
          words[j] += (nibble * 0x00204081u & 0x01010101u) * w.plane_mult[p];
        }
      }
      std::memcpy(to, words, layout::kSlice);
    }
  }
}

inline int32_t DotRow(const uint8_t* codes, const int8_t* act, size_t count) {
  int32_t sum = 0;
  for (size_t k = 0; k < count; ++k) sum += int32_t{codes[k]} * act[k];
  return sum;
}

// Adds the outliers of one token, whose codes args.panel has; see outliers-inl.h.
void AddOutliers(const KernelArgs& args, size_t padded_k, size_t token);

// Multiplies with a panel that holds a byte per weight of the strip, output by output. It is filled
// by row(output, bytes), then read by every token.
template <class Row>
void DotPanel(const KernelArgs& args, const Row& row) {
  const size_t padded_k = args.grid.steps * layout::kSlice;
  for (size_t o = 0; o < args.weight.strip; ++o) {
    row(o, args.panel + o * padded_k);
  }
  ForEachBlock<true>(
      args, [&](const uint8_t*, const uint8_t* data, const BlockCursor& at, int32_t* raw) {
        const size_t k = at.begin * layout::kSlice;
        const auto* act = reinterpret_cast<const int8_t*>(data) + k;
        for (size_t o = 0; o < args.weight.strip; ++o) {
          raw[o] = DotRow(args.panel + o * padded_k + k, act, (at.end - at.begin) * layout::kSlice);
        }
      });
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    if (args.act.outliers.entries != nullptr) AddOutliers(args, padded_k, token);
  }
  StoreAll(args);
}

}  // namespace lutgemm::kernels::portable

#endif  // LUTGEMM_KERNELS_PORTABLE_BYTES_H_
