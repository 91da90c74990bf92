// A matrix of attention keys or values that grows by rows and holds them as block floating point:
// m-bit integers in blocks of n channels that share an 8-bit power of two (see kBfp3 to kBfp8 in
// types.hpp), m + 8 / n bits per element. Products are taken straight from the blocks.
//
//   keys     scores[t] = sum over the head's channels of query * key[t]        Scores
//   values   out[c]    = sum over tokens of probability[t] * value[t][c]       WeightedSum
//
// With a channel order, row and query channels come in their own order and are sorted on the way
// into blocks; results are those of unsorted channels, with less error where few channels are large
// (channel_order.hpp). Where the order is folded into the weights that make keys and queries, the
// cache needs none.
// Defined in src/attention.
#ifndef LUTGEMM_KV_CACHE_HPP_
#define LUTGEMM_KV_CACHE_HPP_

#include <lutgemm/channel_order.hpp>
#include <lutgemm/types.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lutgemm {

struct KvCacheSpec {
  size_t heads = 1;      // key heads, at least 1
  size_t head_dim = 64;  // channels of a head, at least 1
  size_t capacity = 0;   // most rows (tokens), at least 1
  unsigned bits = 4;     // m, sign included: 3 to 8
  uint32_t block = 32;   // n: 16, 32, 64 or 128 channels; a head's last block may be shorter
  // Of all heads' channels; empty: none. One that keeps heads apart has blocks per head, one that
  // crosses heads has blocks over all channels, and products then read every block that holds a
  // channel of the head.
  ChannelOrder order = {};
};

class KvCacheImpl;

// Reading is safe from many threads at once, also of rows that were appended before; appending is
// not. No call but Make allocates.
class LUTGEMM_API KvCache {
 public:
  // Fails with kBadArgument or kBadShape on a spec outside its ranges, kOutOfMemory.
  static Result<KvCache> Make(const KvCacheSpec& spec) noexcept;

  const KvCacheSpec& spec() const noexcept;
  size_t channels() const noexcept { return spec().heads * spec().head_dim; }
  size_t tokens() const noexcept;
  // Bytes of one token and stored bits per element, padding of short blocks included.
  size_t token_bytes() const noexcept;
  double bits_per_element() const noexcept;

  // Appends one or more rows of channels() values. Every row is quantised alone. A block with NaN
  // or infinity reads as NaN. Fails with kBadShape where `rows` is no whole number of rows or more
  // than there is room for.
  Status Append(std::span<const float> rows) noexcept;
  // Forgets the rows from `tokens` on.
  void Truncate(size_t tokens) noexcept;

  // Scores of the first scores.size() tokens. `query` has head_dim values. Fails with kBadShape
  // where sizes or the head are out of range.
  Status Scores(size_t head, std::span<const float> query, std::span<float> scores) const noexcept;
  // Sum of the first probabilities.size() tokens, weighted; `out` has head_dim values.
  Status WeightedSum(size_t head, std::span<const float> probabilities,
                     std::span<float> out) const noexcept;
  // A token's row as it is stored, in the order of Append's channels.
  Status Row(size_t token, std::span<float> out) const noexcept;

  KvCache(KvCache&&) noexcept;
  KvCache& operator=(KvCache&&) noexcept;
  ~KvCache();

 private:
  explicit KvCache(std::unique_ptr<KvCacheImpl> impl) noexcept;
  std::unique_ptr<KvCacheImpl> impl_;
};

}  // namespace lutgemm

#endif  // LUTGEMM_KV_CACHE_HPP_
