#include "attention/kv_blocks.h"

#include "base/bits.h"
#include "base/text.h"
#include "format/bfp_block.h"

#include <algorithm>
#include <utility>

namespace lutgemm {
namespace {

using base::MakeStatus;
using format::kMaxBfpBlock;

constexpr size_t kMaxChannels = size_t{1} << 24;
constexpr size_t kMaxTokens = size_t{1} << 31;

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

Result<std::unique_ptr<KvCacheImpl>> KvCacheImpl::Make(const KvCacheSpec& spec) {
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

bool KvCacheImpl::Holds(const Block& block, size_t head) const {
  for (size_t i = block.begin; i < block.begin + block.length; ++i) {
    if (ChannelAt(i) / spec.head_dim == head) return true;
  }
  return false;
}

void KvCacheImpl::AppendRow(std::span<const float> row) {
  float sorted[kMaxBfpBlock];
  for (const Block& block : blocks) {
    for (size_t i = 0; i < block.length; ++i) sorted[i] = row[ChannelAt(block.begin + i)];
    auto* to = reinterpret_cast<uint8_t*>(memory.data()) + block.offset + tokens * block.bytes;
    format::PackBfpBlock(spec.bits, {sorted, block.length}, to);
  }
  ++tokens;
}

void KvCacheImpl::GatherQuery(const Block& block, size_t head, std::span<const float> query,
                              float* to) const {
  std::fill_n(to, kMaxBfpBlock, 0.0f);
  for (size_t i = 0; i < block.length; ++i) {
    const size_t channel = ChannelAt(block.begin + i);
    if (channel / spec.head_dim == head) to[i] = query[channel % spec.head_dim];
  }
}

size_t KvCacheImpl::SectionLength() const {
  const size_t channels = spec.heads * spec.head_dim;
  for (size_t i = 0; i < spec.order.size(); ++i) {
    if (i / spec.head_dim != ChannelAt(i) / spec.head_dim) return channels;
  }
  return spec.head_dim;
}

Status KvCacheImpl::PlaceBlocks() {
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

}  // namespace lutgemm
