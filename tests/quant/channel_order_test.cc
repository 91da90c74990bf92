// Channel orders: sorting, pairs, permuting tensors, and that products stay what they were.
#include "support/random.h"

#include <doctest/doctest.h>
#include <lutgemm/channel_order.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace lutgemm {
namespace {

using test::Random;
using From = std::vector<uint32_t>;

Tensor2D TensorOf(const std::vector<float>& values, size_t cols) {
  return {values.data(), Elem::kF32, values.size() / cols, cols, 0};
}

ChannelOrder MustOrder(const std::vector<double>& keys, const OrderSpec& spec) {
  auto order = OrderByKeys(keys, spec);
  REQUIRE_MESSAGE(order.ok(), order.status().text());
  CHECK(Validate(*order).ok());
  return *std::move(order);
}

std::vector<float> MustPermute(const std::vector<float>& values, size_t cols,
                               const ChannelOrder* rows, const ChannelOrder* columns) {
  const auto bytes = Permuted(TensorOf(values, cols), rows, columns);
  REQUIRE_MESSAGE(bytes.ok(), bytes.status().text());
  std::vector<float> out(values.size());
  std::memcpy(out.data(), bytes->data(), bytes->size());
  return out;
}

// y = W x for every row x.
std::vector<float> Product(const std::vector<float>& x, const std::vector<float>& w, size_t k) {
  std::vector<float> y;
  for (size_t t = 0; t < x.size() / k; ++t) {
    for (size_t o = 0; o < w.size() / k; ++o) {
      float sum = 0;
      for (size_t i = 0; i < k; ++i) sum += x[t * k + i] * w[o * k + i];
      y.push_back(sum);
    }
  }
  return y;
}

TEST_CASE("descending keys, equal ones in their old order") {
  CHECK(MustOrder({1, 3, 2, 3, 0, 2}, {}).from == From{1, 3, 2, 5, 0, 4});
  CHECK(MustOrder({1, 3, 2, 3, 0, 2}, {3}).from == From{1, 2, 0, 3, 5, 4});
  CHECK(MustOrder({}, {}).from.empty());
  CHECK(MustOrder({5, 5, 5}, {}).from == From{0, 1, 2});
}

TEST_CASE("pairs move together, by the sum of their keys") {
  // Two heads of six: pairs (0,3) (1,4) (2,5).
  const std::vector<double> keys = {1, 0, 5, 0, 9, 0, 0, 2, 0, 0, 0, 3};
  CHECK(MustOrder(keys, {6, RotaryPairs::kSplit}).from ==
        From{1, 2, 0, 4, 5, 3, 8, 7, 6, 11, 10, 9});
  CHECK(MustOrder(keys, {6, RotaryPairs::kInterleaved}).from ==
        From{1, 4, 2, 5, 0, 3, 8, 11, 7, 10, 6, 9});
}

TEST_CASE("keys of rows and columns are sums of squares, in every element type") {
  const std::vector<float> values = {1, -2, 3, 0.5f, 0, 4};
  CHECK(*RowKeys(TensorOf(values, 3)) == std::vector<double>{14, 16.25});
  CHECK(*ColumnKeys(TensorOf(values, 3)) == std::vector<double>{1.25, 4, 25});
  const std::vector<uint16_t> half = {0x3c00, 0xc000};  // 1, -2
  CHECK(*ColumnKeys({half.data(), Elem::kF16, 1, 2, 0}) == std::vector<double>{1, 4});
}

TEST_CASE("an order and its inverse") {
  Random random(1);
  std::vector<double> keys(50);
  for (double& key : keys) key = random.Unit();
  const ChannelOrder order = MustOrder(keys, {});
  const std::vector<float> values = random.Normals(50 * 50);
  const ChannelOrder back = Inverse(order);
  const auto there = MustPermute(values, 50, &order, &order);
  CHECK(there != values);
  CHECK(there[0] == values[order.from[0] * 50 + order.from[0]]);
  CHECK(MustPermute(there, 50, &back, &back) == values);
}

TEST_CASE("producer's rows and consumer's columns: the chain's result stays") {
  Random random(2);
  const size_t inputs = 24, hidden = 40, outputs = 8;
  const auto first = random.Normals(hidden * inputs), second = random.Normals(outputs * hidden);
  const ChannelOrder order = MustOrder(*ColumnKeys(TensorOf(second, hidden)), {});
  const auto folded_first = MustPermute(first, inputs, &order, nullptr);
  const auto folded_second = MustPermute(second, hidden, nullptr, &order);
  const auto x = random.Normals(3 * inputs);
  // The hidden activations are the very same numbers in another order ...
  const auto h = Product(x, first, inputs), folded_h = Product(x, folded_first, inputs);
  CHECK(folded_h == MustPermute(h, hidden, nullptr, &order));
  // ... and the outputs are equal but for the order of their sums.
  const auto y = Product(h, second, hidden), folded_y = Product(folded_h, folded_second, hidden);
  for (size_t i = 0; i < y.size(); ++i) {
    CHECK(folded_y[i] == doctest::Approx(y[i]).epsilon(1e-4));
  }
}

// Rotates pairs of one head: (i, i + d/2) or neighbours, with frequency number `frequency[i]`.
void Rotate(std::vector<float>& head, size_t position, bool neighbours,
            const std::vector<uint32_t>& frequency) {
  const size_t half = head.size() / 2;
  for (size_t i = 0; i < half; ++i) {
    const auto angle = static_cast<float>(double(position) *
                                          std::pow(100.0, -double(frequency[i]) / double(half)));
    float& a = head[neighbours ? 2 * i : i];
    float& b = head[neighbours ? 2 * i + 1 : i + half];
    const float first = a * std::cos(angle) - b * std::sin(angle);
    b = a * std::sin(angle) + b * std::cos(angle);
    a = first;
  }
}

TEST_CASE("rotary embedding of folded keys is the folded rotary embedding, bit for bit") {
  Random random(3);
  const size_t head = 16;
  std::vector<uint32_t> plain(head / 2);
  for (uint32_t i = 0; i < plain.size(); ++i) plain[i] = i;
  const std::vector<float> weights = random.Normals(head * head), x = random.Normals(head);
  for (const RotaryPairs pairs : {RotaryPairs::kSplit, RotaryPairs::kInterleaved}) {
    const OrderSpec spec{head, pairs};
    const ChannelOrder order = MustOrder(*RowKeys(TensorOf(weights, head)), spec);
    const auto frequencies = PairFrequencies(order, spec);
    REQUIRE_MESSAGE(frequencies.ok(), frequencies.status().text());
    std::vector<float> key = Product(x, weights, head);
    std::vector<float> folded = Product(x, MustPermute(weights, head, &order, nullptr), head);
    Rotate(key, 7, false, plain);
    Rotate(folded, 7, pairs == RotaryPairs::kInterleaved, *frequencies);
    CHECK(folded == MustPermute(key, head, nullptr, &order));
  }
}

TEST_CASE("several query heads follow their key head") {
  const ChannelOrder keys{{1, 0, 2, 3}};  // two heads of two
  const auto order = OrderForQueries(keys, 2, 4);
  REQUIRE(order.ok());
  CHECK(order->from == From{1, 0, 3, 2, 4, 5, 6, 7});
  CHECK(OrderForQueries(keys, 2, 3).status().code() == Code::kBadArgument);
  CHECK(OrderForQueries(keys, 3, 4).status().code() == Code::kBadArgument);
  CHECK(OrderForQueries(keys, 0, 4).status().code() == Code::kBadArgument);
  CHECK(OrderForQueries({{2, 0, 1, 3}}, 2, 4).status().code() == Code::kBadArgument);
}

TEST_CASE("what is refused") {
  const std::vector<double> keys(12, 1.0);
  CHECK(OrderByKeys(keys, {5}).status().code() == Code::kBadArgument);
  CHECK(OrderByKeys(keys, {3, RotaryPairs::kSplit}).status().code() == Code::kBadArgument);
  CHECK(OrderByKeys(keys, {0, RotaryPairs::kSplit}).status().code() == Code::kBadArgument);
  CHECK(OrderByKeys(std::vector<double>{1, HUGE_VAL}, {}).status().code() == Code::kNotFinite);
  if (sizeof(size_t) > 4) {
    // None of them is read.
    const std::span<const double> many(keys.data(), size_t{1} << 32);
    CHECK(OrderByKeys(many, {}).status().code() == Code::kBadArgument);
  }
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> bad = {1, nan};
  CHECK(RowKeys(TensorOf(bad, 2)).status().code() == Code::kNotFinite);
  CHECK(Validate(ChannelOrder{{0, 2}}).code() == Code::kBadArgument);
  CHECK(Validate(ChannelOrder{{1, 1}}).code() == Code::kBadArgument);
  const std::vector<float> values(6);
  const ChannelOrder two{{1, 0}}, broken{{1, 1}};
  CHECK(Permuted(TensorOf(values, 3), &two, nullptr).ok());
  CHECK(Permuted(TensorOf(values, 3), nullptr, &two).status().code() == Code::kBadShape);
  CHECK(Permuted(TensorOf(values, 3), &broken, nullptr).status().code() == Code::kBadArgument);
  CHECK(PairFrequencies({{0, 1, 2, 3}}, {4}).status().code() == Code::kBadArgument);
  CHECK(PairFrequencies({{1, 0, 2, 3}}, {4, RotaryPairs::kSplit}).status().code() ==
        Code::kBadArgument);
}

}  // namespace
}  // namespace lutgemm
