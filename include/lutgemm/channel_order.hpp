// Channel order: sorts channels by norm, so that those which share a block of BFP are of like
// magnitude. Done once, on tensors, before they are quantised; where producer and consumer of the
// channels are permuted alike, nothing is left to do at run time ("Accurate Block Quantization in
// LLMs with Outliers", arXiv 2403.20137, calls this K-sort for attention keys).
//
//   y = W x                 columns of W by an order, and rows of whatever produces x by the same
//   scores = (Wq x)(Wk x)^T rows of Wk by an order within each head, rows of Wq by the same
//   RoPE                    both members of a rotary pair move together, with their frequency
// Defined in src/base and src/quant.
#ifndef LUTGEMM_CHANNEL_ORDER_HPP_
#define LUTGEMM_CHANNEL_ORDER_HPP_

#include <lutgemm/types.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lutgemm {

// A permutation: position i takes channel from[i].
struct ChannelOrder {
  std::vector<uint32_t> from;

  size_t size() const noexcept { return from.size(); }
  bool operator==(const ChannelOrder&) const = default;
};

// Channels that must stay neighbours in pairs because rotary position embedding turns them into
// each other. Both read channels j and j + head / 2 as a pair of frequency j.
enum class RotaryPairs : uint8_t {
  kNone = 0,
  // The pair stays half a head apart: the order is the same in both halves. Of no use where a block
  // holds half a head or more.
  kSplit = 1,
  // The pair comes to positions 2r and 2r + 1: the rotation must pair neighbours from then on.
  kInterleaved = 2,
};

struct OrderSpec {
  size_t head = 0;  // channels that stay among themselves: those of one head; 0 = all
  RotaryPairs pairs = RotaryPairs::kNone;  // needs an even `head`
};

// Channels in descending order of their keys, equal ones in their old order; the key of a pair is
// the sum of both. Fails with kBadArgument for 2^32 keys or more, where spec.head does not divide
// their number, or is odd or 0 for pairs; kNotFinite.
LUTGEMM_API Result<ChannelOrder> OrderByKeys(std::span<const double> keys,
                                             const OrderSpec& spec) noexcept;

// Keys of the channels that a weight produces (its rows) or consumes (its columns): sums of
// squares. Fails with kBadArgument or kBadShape on a tensor that cannot be read, kNotFinite.
LUTGEMM_API Result<std::vector<double>> RowKeys(const Tensor2D& weights) noexcept;
LUTGEMM_API Result<std::vector<double>> ColumnKeys(const Tensor2D& weights) noexcept;

// The inverse permutation: applied after `order`, everything is where it was. Empty where `order`
// is no permutation, which Validate tells. As a copy of an order does, it throws std::bad_alloc
// where there is no memory.
LUTGEMM_API ChannelOrder Inverse(const ChannelOrder& order);
// Whether `order` has each of 0 to size - 1 once; kBadArgument if not.
LUTGEMM_API Status Validate(const ChannelOrder& order) noexcept;

// The order of query channels for one of key channels where several query heads share a key head:
// each of `query_heads` heads is ordered as its key head. Fails with kBadArgument where heads do
// not divide or the order crosses heads.
LUTGEMM_API Result<ChannelOrder> OrderForQueries(const ChannelOrder& keys, size_t head,
                                                 size_t query_heads) noexcept;

// The frequency, 0 to head / 2 - 1, of the pair that stands at each place: [channels / head][head /
// 2]. For kSplit the pair at r and r + head / 2, for kInterleaved that at 2r and 2r + 1. Fails with
// kBadArgument where the order splits pairs, or for kNone, which has none.
LUTGEMM_API Result<std::vector<uint32_t>> PairFrequencies(const ChannelOrder& order,
                                                          const OrderSpec& spec) noexcept;

// A tensor with rows, columns or both in an order (null: as they are), in the elements of the
// source, without gaps between rows. Fails with kBadShape where sizes differ, kBadArgument on an
// order that is no permutation.
LUTGEMM_API Result<std::vector<std::byte>> Permuted(const Tensor2D& tensor,
                                                    const ChannelOrder* rows,
                                                    const ChannelOrder* cols) noexcept;

}  // namespace lutgemm

#endif  // LUTGEMM_CHANNEL_ORDER_HPP_
