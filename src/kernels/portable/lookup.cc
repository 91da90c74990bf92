#include "base/check.h"
#include "kernels/common/pack_act.h"
#include "kernels/portable/portable.h"
#include "layout/layout.h"

#include <cstring>

namespace lutgemm::kernels::portable {
namespace {

const uint8_t* StripCodes(const KernelArgs& args, size_t strip) {
  return args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
}

void StoreAll(const KernelArgs& args) {
  StoreTokens(args, args.token_begin, args.token_end - args.token_begin);
}

// Calls block(codes of the strip, token data, cursor, raw sums) for every block, then folds.
template <bool kExact, class Block>
void ForEachBlock(const KernelArgs& args, Block block) {
  LUTGEMM_DCHECK(TakesAllOfK(args));
  int32_t raw[kMaxStrip];
  for (size_t token = args.token_begin; token < args.token_end; ++token) {
    const uint8_t* data = args.act.data + token * args.act.token_bytes;
    for (size_t strip = 0; strip < args.strips; ++strip) {
      for (BlockCursor at(args.grid); !at.done(); at.Next()) {
        for (int32_t& r : raw) r = 0;
        block(StripCodes(args, strip), data, at, raw);
        Fold(args, at, token, strip, raw, kExact);
      }
    }
  }
}

}  // namespace

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

namespace {

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

int32_t DotRow(const uint8_t* codes, const int8_t* act, size_t count) {
  int32_t sum = 0;
  for (size_t k = 0; k < count; ++k) sum += int32_t{codes[k]} * act[k];
  return sum;
}

// Outliers of one token; see outliers-inl.h.
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
void Dot(const KernelArgs& args) {
  const uint8_t* codes = StripCodes(args, 0);
  DotPanel(args, [&](size_t o, uint8_t* to) { DecodeRow<kLayout>(args, codes, o, to); });
}

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

template void Lut4<1, false>(const KernelArgs&);
template void Lut4<2, false>(const KernelArgs&);
template void Lut4<3, false>(const KernelArgs&);
template void Lut4<4, false>(const KernelArgs&);
template void Lut4<1, true>(const KernelArgs&);
template void Lut4<2, true>(const KernelArgs&);
template void Lut4<3, true>(const KernelArgs&);
template void Lut4<4, true>(const KernelArgs&);
template void Ternary5<false>(const KernelArgs&);
template void Ternary5<true>(const KernelArgs&);
template void Dot<LayoutId::kPlanes>(const KernelArgs&);
template void Dot<LayoutId::kTrits>(const KernelArgs&);
template void Dot<LayoutId::kCodes>(const KernelArgs&);
template void Codebook<LayoutId::kPlanes>(const KernelArgs&);
template void Codebook<LayoutId::kCodes>(const KernelArgs&);

}  // namespace lutgemm::kernels::portable
