// Blocks lie one after the other, each with all of its tokens: a product walks one block over the
// tokens with its part of the query, or of the output.
#include "base/bits.h"
#include "base/buffer.h"
#include "base/float_mode.h"
#include "base/text.h"
#include "format/bfp_block.h"
#include "kernels/registry.h"

#include <lutgemm/kv_cache.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace lutgemm {
namespace {

using base::MakeStatus;
using format::kMaxBfpBlock;

constexpr size_t kMaxChannels = size_t{1} << 24;
constexpr size_t kMaxTokens = size_t{1} << 31;

// Positions of the order that share an exponent.
struct Block {
  size_t begin = 0;
  size_t length = 0;
  size_t bytes = 0;   // of one token
  size_t offset = 0;  // of token 0
};

Status CheckSpec(const KvCacheSpec& spec) {
  size_t channels = 0;
  if (spec.heads < 1 || spec.head_dim < 1 ||
      !base::CheckedMul(spec.heads, spec.head_dim, &channels) || channels > kMaxChannels) {
    return MakeStatus(Code::kBadShape, spec.heads, " heads of ", spec.head_dim, " channels; 1 to ",
                      kMaxChannels, " channels are supported");
  }
  if (spec.capacity < 1 || spec.capacity > kMaxTokens) {
    return MakeStatus(Code::kBadShape, "a capacity of ", spec.capacity, " tokens; 1 to ",
                      kMaxTokens, " are supported");
  }
  if (spec.bits < format::kMinBfpBits || spec.bits > format::kMaxBfpBits) {
    return MakeStatus(Code::kBadArgument, spec.bits, " bits; 3 to 8 are supported");
  }
  if (spec.block != 16 && spec.block != 32 && spec.block != 64 && spec.block != 128) {
    return MakeStatus(Code::kBadArgument, "blocks of ", spec.block,
                      "; 16, 32, 64 and 128 are supported");
  }
  if (spec.order.size() == 0) return {};
  if (spec.order.size() != channels) {
    return MakeStatus(Code::kBadShape, "an order of ", spec.order.size(), " channels for ",
                      channels);
  }
  return Validate(spec.order);
}

}  // namespace

class KvCacheImpl {
 public:
  static Result<std::unique_ptr<KvCacheImpl>> Make(const KvCacheSpec& spec) {
    if (Status status = CheckSpec(spec); !status.ok()) return status;
    auto impl = std::make_unique<KvCacheImpl>();
    impl->spec = spec;
    impl->target = kernels::SupportedTargets().front();
    for (size_t e = 0; e < impl->units.size(); ++e) {
      impl->units[e] = static_cast<float>(format::BfpValue(spec.bits, static_cast<uint8_t>(e), 1));
    }
    if (Status status = impl->PlaceBlocks(); !status.ok()) return status;
    return impl;
  }

  size_t ChannelAt(size_t position) const {
    return spec.order.size() == 0 ? position : spec.order.from[position];
  }
  const uint8_t* At(const Block& block, size_t token) const {
    return reinterpret_cast<const uint8_t*>(memory.data()) + block.offset + token * block.bytes;
  }
  kernels::CacheBlock KernelBlock(const Block& block) const {
    return {At(block, 0), block.bytes, block.length, spec.bits, units.data()};
  }
  // Whether some channel of the head lies in the block.
  bool Holds(const Block& block, size_t head) const {
    for (size_t i = block.begin; i < block.begin + block.length; ++i) {
      if (ChannelAt(i) / spec.head_dim == head) return true;
    }
    return false;
  }

  void AppendRow(std::span<const float> row) {
    float sorted[kMaxBfpBlock];
    for (const Block& block : blocks) {
      for (size_t i = 0; i < block.length; ++i) sorted[i] = row[ChannelAt(block.begin + i)];
      auto* to = reinterpret_cast<uint8_t*>(memory.data()) + block.offset + tokens * block.bytes;
      format::PackBfpBlock(spec.bits, {sorted, block.length}, to);
    }
    ++tokens;
  }

  // The query's values at the block's positions, 0 at those of other heads.
  void GatherQuery(const Block& block, size_t head, std::span<const float> query, float* to) const {
    std::fill_n(to, kMaxBfpBlock, 0.0f);
    for (size_t i = 0; i < block.length; ++i) {
      const size_t channel = ChannelAt(block.begin + i);
      if (channel / spec.head_dim == head) to[i] = query[channel % spec.head_dim];
    }
  }

  KvCacheSpec spec;
  const kernels::TargetKernels* target = nullptr;
  std::array<float, 256> units{};  // what 1 is worth, by exponent
  std::vector<Block> blocks;
  base::Buffer memory;
  size_t token_bytes = 0;
  size_t tokens = 0;

 private:
  // Heads have blocks of their own unless the order crosses them.
  size_t SectionLength() const {
    const size_t channels = spec.heads * spec.head_dim;
    for (size_t i = 0; i < spec.order.size(); ++i) {
      if (i / spec.head_dim != ChannelAt(i) / spec.head_dim) return channels;
    }
    return spec.head_dim;
  }

  Status PlaceBlocks() {
    const size_t section = SectionLength();
    for (size_t begin = 0; begin < spec.heads * spec.head_dim; begin += section) {
      for (size_t in = 0; in < section; in += spec.block) {
        Block block;
        block.begin = begin + in;
        block.length = std::min<size_t>(spec.block, section - in);
        block.bytes = format::BfpBlockBytes(spec.bits, block.length);
        block.offset = token_bytes * spec.capacity;
        token_bytes += block.bytes;
        blocks.push_back(block);
      }
    }
    auto buffer = base::Buffer::Allocate(token_bytes * spec.capacity);
    if (!buffer.ok()) return buffer.status();
    memory = std::move(*buffer);
    return {};
  }
};

namespace {

Status CheckRead(const KvCacheImpl& cache, size_t head, size_t head_values, size_t tokens) {
  if (head >= cache.spec.heads || head_values != cache.spec.head_dim) {
    return MakeStatus(Code::kBadShape, head_values, " values of head ", head, "; there are ",
                      cache.spec.heads, " heads of ", cache.spec.head_dim);
  }
  if (tokens > cache.tokens) {
    return MakeStatus(Code::kBadShape, tokens, " tokens; the cache holds ", cache.tokens);
  }
  return {};
}

}  // namespace

Result<KvCache> KvCache::Make(const KvCacheSpec& spec) noexcept {
  return base::Guarded([&]() -> Result<KvCache> {
    auto impl = KvCacheImpl::Make(spec);
    if (!impl.ok()) return impl.status();
    return KvCache(std::move(*impl));
  });
}

KvCache::KvCache(std::unique_ptr<KvCacheImpl> impl) noexcept : impl_(std::move(impl)) {}
KvCache::KvCache(KvCache&&) noexcept = default;
KvCache& KvCache::operator=(KvCache&&) noexcept = default;
KvCache::~KvCache() = default;

const KvCacheSpec& KvCache::spec() const noexcept { return impl_->spec; }
size_t KvCache::tokens() const noexcept { return impl_->tokens; }
size_t KvCache::token_bytes() const noexcept { return impl_->token_bytes; }
double KvCache::bits_per_element() const noexcept {
  return 8.0 * static_cast<double>(token_bytes()) / static_cast<double>(channels());
}
void KvCache::Truncate(size_t tokens) noexcept { impl_->tokens = std::min(impl_->tokens, tokens); }

Status KvCache::Append(std::span<const float> rows) noexcept {
  const base::FloatMode mode;
  const size_t room = impl_->spec.capacity - impl_->tokens;
  if (rows.size() % channels() != 0 || rows.size() / channels() > room) {
    return MakeStatus(Code::kBadShape, rows.size(), " values for rows of ", channels(),
                      "; there is room for ", room, " more rows");
  }
  for (size_t at = 0; at < rows.size(); at += channels()) {
    impl_->AppendRow(rows.subspan(at, channels()));
  }
  return {};
}

Status KvCache::Scores(size_t head, std::span<const float> query,
                       std::span<float> scores) const noexcept {
  const base::FloatMode mode;
  if (Status status = CheckRead(*impl_, head, query.size(), scores.size()); !status.ok()) {
    return status;
  }
  std::ranges::fill(scores, 0.0f);
  float sorted[kMaxBfpBlock];
  for (const Block& block : impl_->blocks) {
    if (!impl_->Holds(block, head)) continue;
    impl_->GatherQuery(block, head, query, sorted);
    impl_->target->block_scores(impl_->KernelBlock(block), sorted, scores.size(), scores.data());
  }
  return {};
}

Status KvCache::WeightedSum(size_t head, std::span<const float> probabilities,
                            std::span<float> out) const noexcept {
  const base::FloatMode mode;
  if (Status status = CheckRead(*impl_, head, out.size(), probabilities.size()); !status.ok()) {
    return status;
  }
  const size_t head_dim = impl_->spec.head_dim;
  float sums[kMaxBfpBlock];
  for (const Block& block : impl_->blocks) {
    if (!impl_->Holds(block, head)) continue;
    std::fill_n(sums, kMaxBfpBlock, 0.0f);
    impl_->target->block_sums(impl_->KernelBlock(block), probabilities.data(), probabilities.size(),
                              sums);
    for (size_t i = 0; i < block.length; ++i) {
      const size_t channel = impl_->ChannelAt(block.begin + i);
      if (channel / head_dim == head) out[channel % head_dim] = sums[i];
    }
  }
  return {};
}

Status KvCache::Row(size_t token, std::span<float> out) const noexcept {
  const base::FloatMode mode;
  if (token >= impl_->tokens || out.size() != channels()) {
    return MakeStatus(Code::kBadShape, "token ", token, " of ", impl_->tokens, " into ", out.size(),
                      " values; a row has ", channels());
  }
  float values[kMaxBfpBlock];
  for (const Block& block : impl_->blocks) {
    const float unit =
        format::UnpackBfpBlock(impl_->spec.bits, block.length, impl_->At(block, token), values);
    for (size_t i = 0; i < block.length; ++i) {
      out[impl_->ChannelAt(block.begin + i)] = values[i] * unit;
    }
  }
  return {};
}

}  // namespace lutgemm
