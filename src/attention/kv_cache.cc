// The public calls of the cache: what they check, and which blocks they walk.
#include "attention/kv_blocks.h"
#include "base/float_mode.h"
#include "base/text.h"
#include "format/bfp_block.h"

#include <algorithm>
#include <utility>

namespace lutgemm {
namespace {

using base::MakeStatus;
using format::kMaxBfpBlock;
using Block = KvCacheImpl::Block;

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
