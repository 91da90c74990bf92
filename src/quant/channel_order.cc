#include "base/text.h"
#include "format/fp.h"
#include "quant/rows.h"
#include "quant/spec.h"

#include <lutgemm/channel_order.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

namespace lutgemm {
namespace {

using base::MakeStatus;

// Channels from `begin` on, `count` of them, by descending key.
std::vector<uint32_t> Sorted(std::span<const double> keys, size_t begin, size_t count) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), static_cast<uint32_t>(begin));
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return keys[a] > keys[b]; });
  return order;
}

// The pairs of one head, by descending sum of their keys, written to from[begin ...].
void SortPairs(std::span<const double> keys, size_t begin, size_t head, RotaryPairs pairs,
               std::vector<uint32_t>& from) {
  const size_t half = head / 2;
  std::vector<double> sums(half);
  for (size_t j = 0; j < half; ++j) sums[j] = keys[begin + j] + keys[begin + j + half];
  const std::vector<uint32_t> order = Sorted(sums, 0, half);
  for (size_t r = 0; r < half; ++r) {
    const auto first = static_cast<uint32_t>(begin + order[r]);
    const auto second = static_cast<uint32_t>(first + half);
    const bool split = pairs == RotaryPairs::kSplit;
    from[begin + (split ? r : 2 * r)] = first;
    from[begin + (split ? r + half : 2 * r + 1)] = second;
  }
}

Status CheckHeads(size_t channels, const OrderSpec& spec) {
  if (spec.head != 0 && channels % spec.head != 0) {
    return MakeStatus(Code::kBadArgument, channels, " channels do not divide into heads of ",
                      spec.head);
  }
  if (spec.pairs != RotaryPairs::kNone && (spec.head == 0 || spec.head % 2 != 0)) {
    return MakeStatus(Code::kBadArgument, "rotary pairs need heads of an even length, not ",
                      spec.head);
  }
  return {};
}

Status CheckAxis(std::string_view axis, const ChannelOrder* order, size_t size) {
  if (order == nullptr) return {};
  if (order->size() != size) {
    return MakeStatus(Code::kBadShape, "an order of ", order->size(), " channels for ", size, " ",
                      axis);
  }
  return Validate(*order);
}

// Sums of squares over rows or columns.
Result<std::vector<double>> Keys(const Tensor2D& weights, bool rows) {
  if (Status status = quant::CheckTensor(weights); !status.ok()) return status;
  std::vector<double> keys(rows ? weights.rows : weights.cols);
  Status status = quant::RowReader(weights, nullptr)
                      .ForEachRow([&](size_t, size_t row, std::span<const float> values) {
                        for (size_t col = 0; col < values.size(); ++col) {
                          keys[rows ? row : col] += double{values[col]} * values[col];
                        }
                        return Status();
                      });
  if (!status.ok()) return status;
  return keys;
}

}  // namespace

Result<ChannelOrder> OrderByKeys(std::span<const double> keys, const OrderSpec& spec) noexcept {
  return base::Guarded([&]() -> Result<ChannelOrder> {
    if (keys.size() > std::numeric_limits<uint32_t>::max()) {
      return MakeStatus(Code::kBadArgument, "there are ", keys.size(),
                        " keys; there must be fewer than 2^32");
    }
    if (Status status = CheckHeads(keys.size(), spec); !status.ok()) return status;
    const auto bad = std::ranges::find_if(keys, [](double key) { return !std::isfinite(key); });
    if (bad != keys.end()) {
      return MakeStatus(Code::kNotFinite, "the norm of channel ", bad - keys.begin(), " is ", *bad);
    }
    ChannelOrder order;
    order.from.resize(keys.size());
    const size_t head = spec.head != 0 ? spec.head : keys.size();
    for (size_t begin = 0; begin < keys.size(); begin += head) {
      if (spec.pairs != RotaryPairs::kNone) {
        SortPairs(keys, begin, head, spec.pairs, order.from);
        continue;
      }
      std::ranges::copy(Sorted(keys, begin, head),
                        order.from.begin() + static_cast<ptrdiff_t>(begin));
    }
    return order;
  });
}

Result<std::vector<double>> RowKeys(const Tensor2D& weights) noexcept {
  return base::Guarded([&] { return Keys(weights, true); });
}

Result<std::vector<double>> ColumnKeys(const Tensor2D& weights) noexcept {
  return base::Guarded([&] { return Keys(weights, false); });
}

ChannelOrder Inverse(const ChannelOrder& order) {
  constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  ChannelOrder inverse;
  inverse.from.assign(order.size(), kNone);
  for (uint32_t i = 0; i < order.size(); ++i) {
    const uint32_t channel = order.from[i];
    if (channel >= order.size() || inverse.from[channel] != kNone) return {};
    inverse.from[channel] = i;
  }
  return inverse;
}

Result<ChannelOrder> OrderForQueries(const ChannelOrder& keys, size_t head,
                                     size_t query_heads) noexcept {
  return base::Guarded([&]() -> Result<ChannelOrder> {
    const size_t key_heads = head == 0 ? 0 : keys.size() / head;
    // Positions are numbers of 32 bits.
    constexpr size_t kMostChannels = size_t{1} << 32;
    if (key_heads == 0 || keys.size() % head != 0 || query_heads % key_heads != 0 ||
        query_heads > kMostChannels / head) {
      return MakeStatus(Code::kBadArgument, query_heads, " query heads do not share ", keys.size(),
                        " key channels in heads of ", head);
    }
    if (Status status = Validate(keys); !status.ok()) return status;
    ChannelOrder order;
    for (size_t h = 0; h < query_heads; ++h) {
      const size_t key_head = h / (query_heads / key_heads);
      for (size_t i = 0; i < head; ++i) {
        const size_t channel = keys.from[key_head * head + i];
        if (channel / head != key_head) {
          return MakeStatus(Code::kBadArgument, "the order moves channel ", channel,
                            " out of its head");
        }
        order.from.push_back(static_cast<uint32_t>(h * head + channel % head));
      }
    }
    return order;
  });
}

Result<std::vector<uint32_t>> PairFrequencies(const ChannelOrder& order,
                                              const OrderSpec& spec) noexcept {
  return base::Guarded([&]() -> Result<std::vector<uint32_t>> {
    if (spec.pairs == RotaryPairs::kNone) {
      return MakeStatus(Code::kBadArgument, "an order without rotary pairs has no frequencies");
    }
    if (Status status = CheckHeads(order.size(), spec); !status.ok()) return status;
    if (Status status = Validate(order); !status.ok()) return status;
    const size_t half = spec.head / 2;
    std::vector<uint32_t> frequencies;
    for (size_t begin = 0; begin < order.size(); begin += spec.head) {
      for (size_t r = 0; r < half; ++r) {
        const bool split = spec.pairs == RotaryPairs::kSplit;
        const uint32_t first = order.from[begin + (split ? r : 2 * r)];
        const uint32_t second = order.from[begin + (split ? r + half : 2 * r + 1)];
        if (first < begin || first >= begin + half || second != first + half) {
          return MakeStatus(Code::kBadArgument, "channels ", first, " and ", second,
                            " stand as a rotary pair and are none");
        }
        frequencies.push_back(static_cast<uint32_t>(first - begin));
      }
    }
    return frequencies;
  });
}

Result<std::vector<std::byte>> Permuted(const Tensor2D& tensor, const ChannelOrder* rows,
                                        const ChannelOrder* cols) noexcept {
  return base::Guarded([&]() -> Result<std::vector<std::byte>> {
    if (Status status = quant::CheckTensor(tensor); !status.ok()) return status;
    if (Status status = CheckAxis("rows", rows, tensor.rows); !status.ok()) return status;
    if (Status status = CheckAxis("columns", cols, tensor.cols); !status.ok()) return status;
    const size_t bytes = ElemBytes(tensor.elem);
    const size_t stride = (tensor.stride != 0 ? tensor.stride : tensor.cols) * bytes;
    const auto* data = static_cast<const std::byte*>(tensor.data);
    std::vector<std::byte> out(tensor.rows * tensor.cols * bytes);
    std::byte* to = out.data();
    for (size_t row = 0; row < tensor.rows; ++row) {
      const std::byte* from = data + (rows != nullptr ? rows->from[row] : row) * stride;
      if (cols == nullptr) {
        std::memcpy(to, from, tensor.cols * bytes);
        to += tensor.cols * bytes;
        continue;
      }
      for (const uint32_t channel : cols->from) {
        std::memcpy(to, from + channel * bytes, bytes);
        to += bytes;
      }
    }
    return out;
  });
}

}  // namespace lutgemm
