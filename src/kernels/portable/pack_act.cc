#include "kernels/common/pack_act.h"
#include "base/check.h"
#include "format/fp.h"
#include "kernels/common/gather.h"
#include "kernels/common/produce.h"
#include "kernels/portable/portable.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace lutgemm::kernels::portable {
namespace {

void LoadDense(const PackActArgs& args, const BlockSpan& span, float* to) {
  for (size_t i = 0; i < span.count; ++i) {
    to[i] = format::LoadElem(args.act, args.elem, span.k + i);
  }
  ProduceTail(args, span.k, 0, span.count, to);
  for (size_t i = span.count; i < span.padded; ++i) to[i] = 0.0f;
}

void LoadBlock(const PackActArgs& args, const BlockSpan& span, float* to) {
  if (args.order == nullptr) return LoadDense(args, span, to);
  GatheredPiece piece(args);
  for (size_t i = 0; i < span.count; i += GatheredPiece::kLength) {
    const size_t count = std::min(GatheredPiece::kLength, span.count - i);
    LoadDense(piece.Fill(span.k + i, count), {0, count, count}, to + i);
  }
  for (size_t i = span.count; i < span.padded; ++i) to[i] = 0.0f;
}

// Largest sum of |a| over groups of `length` (1, 4 or 5), NaN above all; the order of additions
// is that of the methods' pack_act-inl.h.
float MaxSum(const float* act, size_t padded, size_t length) {
  float largest = 0.0f;
  for (size_t i = 0; i < padded; i += length) {
    float sum = std::abs(act[i]);
    if (length >= 4) {
      sum = (sum + std::abs(act[i + 1])) + (std::abs(act[i + 2]) + std::abs(act[i + 3]));
    }
    if (length == 5) sum += std::abs(act[i + 4]);
    largest = MaxOrNan(largest, sum);
  }
  return largest;
}

uint8_t* TokenData(const PackActArgs& args) {
  return args.out.data + args.token * args.out.token_bytes;
}

// Loads, scales and records one block for 8-bit tables of `length` activations.
BlockScale StartFastBlock(const PackActArgs& args, const BlockCursor& at, size_t length) {
  const BlockSpan span = SpanOf(args, at);
  const float halve = args.half ? 0.5f : 1.0f;
  LoadBlock(args, span, args.scratch);
  const BlockScale scale = ScaleOf(MaxSum(args.scratch, span.padded, length));
  const size_t i = args.token * args.grid.blocks + at.block;
  const bool zero = scale.inverse == 0.0f;
  args.out.scale[i] = scale.scale * halve;
  args.out.sum[i] = zero || !args.need_sum ? 0.0f : OrderedSum(args.scratch, span.padded) * halve;
  for (size_t k = 0; zero && k < span.padded; ++k) args.scratch[k] = 0.0f;
  return scale;
}

// The scale without the block's outliers, which go to their list.
BlockScale ClipOutliers(const PackActArgs& args, const BlockCursor& at, const BlockSpan& span,
                        BlockScale scale) {
  float part[16] = {};
  for (size_t i = 0; i < span.padded; ++i) part[i % 16] += std::abs(args.scratch[i]);
  const float limit = OutlierLimit(OrderedSum(part, 16), span.count);
  if (!(MaxSum(args.scratch, span.padded, 1) > limit) || !std::isfinite(scale.scale)) return scale;
  const BlockScale clipped = ScaleOf(limit);
  for (size_t i = 0; i < span.count; ++i) {
    float& x = args.scratch[i];
    if (std::abs(x) > limit) x = TakeOutlier(args, at, i, x, limit, clipped);
  }
  return clipped;
}

// An activation in steps of its block's scale, to be rounded; BFP is limited to what its bits hold.
float Steps(const PackActArgs& args, const BlockScale& scale, float act) {
  if (scale.inverse == 0.0f) return 0.0f;
  if (args.bfp_bits == 0) return act * scale.inverse;
  const auto limit = static_cast<float>(format::BfpMax(args.bfp_bits));
  return std::clamp(act * scale.lift * scale.inverse, -limit, limit);
}

// Calls emit(cursor, int8 codes of the block) for each block.
template <class Emit>
void ForEachInt8Block(const PackActArgs& args, size_t block_begin, size_t block_end, Emit emit) {
  LUTGEMM_DCHECK(block_begin % args.scale_blocks == 0);
  BlockScale scale{1.0f, 1.0f};
  const bool clips = args.out.outliers.entries != nullptr;
  if (clips) ClearOutliers(args, block_begin, block_end);
  for (BlockCursor at = CursorAt(args.grid, block_begin); at.block < block_end; at.Next()) {
    if (args.elem != Elem::kI8 && (at.block - block_begin) % args.scale_blocks == 0) {
      float largest = 0.0f;
      BlockCursor next = at;
      for (size_t n = 0; n < args.scale_blocks && !next.done(); ++n, next.Next()) {
        const BlockSpan span = SpanOf(args, next);
        LoadBlock(args, span, args.scratch);
        largest = MaxOrNan(largest, MaxSum(args.scratch, span.padded, 1));
      }
      scale = Int8ScaleOf(args, largest);
    }
    const BlockSpan span = SpanOf(args, at);
    LoadBlock(args, span, args.scratch);
    if (clips) scale = ClipOutliers(args, at, span, scale);
    auto* codes = reinterpret_cast<int8_t*>(args.scratch + span.padded + 16);
    int32_t sum = 0;
    for (size_t k = 0; k < span.padded; ++k) {
      const float x = Steps(args, scale, args.scratch[k]);
      codes[k] = static_cast<int8_t>(std::nearbyint(x));
      sum += codes[k];
    }
    const size_t i = args.token * args.grid.blocks + at.block;
    args.out.scale[i] = scale.scale;
    args.out.int_sum[i] = sum;
    emit(at, static_cast<const int8_t*>(codes));
  }
}

// Entry p of a quint's table as a sum of five values.
template <class T>
int Ternary5Sum(const T* five, size_t p) {
  const int h = kTritEntries.high[p], l = kTritEntries.low[p];
  return (h / 3 - 1) * five[0] + (h % 3 - 1) * five[1] + (l / 9 - 1) * five[2] +
         (l / 3 % 3 - 1) * five[3] + (l % 3 - 1) * five[4];
}

}  // namespace

void PackLut4Fast(const PackActArgs& args, size_t block_begin, size_t block_end) {
  auto* tables = reinterpret_cast<int8_t*>(TokenData(args));
  for (BlockCursor at = CursorAt(args.grid, block_begin); at.block < block_end; at.Next()) {
    const BlockScale scale = StartFastBlock(args, at, 4);
    for (size_t four = at.begin * 4; four < at.end * 4; ++four) {
      const float* a = args.scratch + (four - at.begin * 4) * 4;
      int fixed[4];
      for (size_t b = 0; b < 4; ++b) {
        fixed[b] = static_cast<int>(std::nearbyint((a[b] * scale.inverse) * kFraction));
      }
      for (size_t i = 8; i < 16; ++i) {
        int sum = fixed[3] + RoundFraction(four);
        for (size_t b = 0; b < 3; ++b) sum += (i >> b & 1) != 0 ? fixed[b] : -fixed[b];
        tables[four * 16 + i] = static_cast<int8_t>(sum >> kFractionBits);
        tables[four * 16 + 15 - i] = static_cast<int8_t>(-(sum >> kFractionBits));
      }
    }
  }
}

void PackLut4Exact(const PackActArgs& args, size_t block_begin, size_t block_end) {
  auto* tables = reinterpret_cast<int8_t*>(TokenData(args));
  ForEachInt8Block(args, block_begin, block_end, [&](const BlockCursor& at, const int8_t* codes) {
    for (size_t s = at.begin; s < at.end; ++s) {
      int8_t* table = tables + s * 2 * kLut4Table;
      for (size_t i = 0; i < kLut4Table; ++i) {
        int sum = 0;
        for (size_t b = 0; b < 4; ++b) {
          const int a = codes[(s - at.begin) * 16 + i / 16 * 4 + b];
          sum += (i >> b & 1) != 0 ? a : -a;
        }
        const int high = (sum + 8) >> 4;
        table[i] = static_cast<int8_t>(sum - 16 * high);
        table[kLut4Table + i] = static_cast<int8_t>(high);
      }
    }
  });
}

void PackTernary5Fast(const PackActArgs& args, size_t block_begin, size_t block_end) {
  uint8_t* tables = TokenData(args);
  for (BlockCursor at = CursorAt(args.grid, block_begin); at.block < block_end; at.Next()) {
    const BlockScale scale = StartFastBlock(args, at, 5);
    for (size_t q = at.begin; q < at.end; ++q) {
      int five[5];
      for (size_t j = 0; j < 5; ++j) {
        const float x = args.scratch[(q - at.begin) * 5 + j] * scale.inverse;
        five[j] = static_cast<int>(std::nearbyint(x * kFraction));
      }
      for (size_t p = 0; p < kTernary5Table; ++p) {
        const int sum = Ternary5Sum(five, p) + (1 << (kFractionBits - 1));
        tables[q * kTernary5Table + p] = static_cast<uint8_t>(128 - (sum >> kFractionBits));
      }
    }
  }
}

void PackTernary5Exact(const PackActArgs& args, size_t block_begin, size_t block_end) {
  uint8_t* tables = TokenData(args);
  ForEachInt8Block(args, block_begin, block_end, [&](const BlockCursor& at, const int8_t* codes) {
    for (size_t q = at.begin; q < at.end; ++q) {
      uint8_t* table = tables + q * 2 * kTernary5Table;
      for (size_t p = 0; p < kTernary5Table; ++p) {
        const int sum = Ternary5Sum(codes + (q - at.begin) * 5, p);
        const int high = (sum * kTritSplitFactor + (1 << 14)) >> 15;
        table[p] = static_cast<uint8_t>(kTritSplitBias - (sum - kTritSplit * high));
        table[kTernary5Table + p] = static_cast<uint8_t>(kTritSplitBias - high);
      }
    }
  });
}

namespace {

// int8 codes of the blocks of one span, which is loaded and scaled.
void PackSpanBlocks(const PackActArgs& args, const BlockScale& scale, BlockCursor& at) {
  auto* to = reinterpret_cast<int8_t*>(TokenData(args));
  const float* act = args.scratch;
  for (size_t n = 0; n < args.span_blocks && !at.done(); ++n, at.Next()) {
    int32_t sum = 0;
    for (size_t k = at.begin * args.step_k; k < at.end * args.step_k; ++k) {
      to[k] = static_cast<int8_t>(std::nearbyint(Steps(args, scale, *act++)));
      sum += to[k];
    }
    const size_t i = args.token * args.grid.blocks + at.block;
    args.out.scale[i] = scale.scale;
    args.out.int_sum[i] = sum;
  }
}

void PackSpans(const PackActArgs& args, size_t block_begin, size_t block_end) {
  LUTGEMM_DCHECK(block_begin % args.span_blocks == 0);
  const bool clips = args.out.outliers.entries != nullptr;
  if (clips) ClearOutliers(args, block_begin, block_end);
  for (BlockCursor at = CursorAt(args.grid, block_begin); at.block < block_end;) {
    const BlockSpan span = WholeSpan(args, at);
    LoadBlock(args, span, args.scratch);
    BlockScale scale{1.0f, 1.0f};
    if (args.elem != Elem::kI8) scale = ScaleOf(MaxSum(args.scratch, span.padded, 1));
    if (clips) scale = ClipOutliers(args, at, span, scale);
    PackSpanBlocks(args, scale, at);
  }
}

}  // namespace

void PackInt8(const PackActArgs& args, size_t block_begin, size_t block_end) {
  if (args.span_blocks > 1) return PackSpans(args, block_begin, block_end);
  uint8_t* to = TokenData(args);
  ForEachInt8Block(args, block_begin, block_end, [&](const BlockCursor& at, const int8_t* codes) {
    std::memcpy(to + at.begin * args.step_k, codes, (at.end - at.begin) * args.step_k);
  });
}

float SumSquares(const PackActArgs& args) {
  SquareSums sums;
  sums.Add(args, 0);
  return sums.Total();
}

void ProduceRow(const PackActArgs& args, float* row) { LoadDense(args, {0, args.k, args.k}, row); }

void StoreOutputs(const StoreArgs& args) {
  for (size_t t = 0; t < args.tokens; ++t) {
    const float* acc = args.acc + t * kAccUnit;
    std::byte* out = args.out + t * args.out_stride;
    for (size_t i = 0; i < args.count; ++i) {
      if (args.elem == Elem::kI32) {
        std::memcpy(out + i * 4, acc + i, 4);
      } else {
        const float factor = args.factors ? args.unit * args.factors[i] : args.unit;
        const float value = factor != 1.0f ? acc[i] * factor : acc[i];
        format::StoreElem(out, args.elem, i, args.bias ? value + args.bias[i] : value);
      }
    }
  }
}

}  // namespace lutgemm::kernels::portable
