// The walk over strips, tokens and blocks that methods of PORTABLE share.
#ifndef LUTGEMM_KERNELS_PORTABLE_BLOCKS_H_
#define LUTGEMM_KERNELS_PORTABLE_BLOCKS_H_

#include "base/check.h"
#include "kernels/portable/portable.h"

namespace lutgemm::kernels::portable {

inline const uint8_t* StripCodes(const KernelArgs& args, size_t strip) {
  return args.weight.codes + (args.strip + strip) * args.weight.strip_bytes;
}

inline void StoreAll(const KernelArgs& args) {
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

}  // namespace lutgemm::kernels::portable

#endif  // LUTGEMM_KERNELS_PORTABLE_BLOCKS_H_
