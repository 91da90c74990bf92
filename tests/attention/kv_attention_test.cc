// The published synthetic experiment on quantised keys, to its digits: errors of keys and scores in
// every width, block and order, before and after rotary embedding.
#include "format/bfp_block.h"
#include "kv_kit.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace lutgemm {
namespace {

using test::Attention;
using test::CacheOf;
using test::MustOrder;
using test::StoredKeys;

template <class T>
double NmseOf(const std::vector<T>& values, const std::vector<T>& reference) {
  double error = 0, power = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double difference = double(values[i]) - reference[i];
    error += difference * difference;
    power += double(reference[i]) * reference[i];
  }
  return error / power;
}

std::vector<double> Softmax(const double* scores, size_t count) {
  const double largest = *std::max_element(scores, scores + count);
  std::vector<double> p(count);
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += p[i] = std::exp(scores[i] - largest);
  for (double& v : p) v /= sum;
  return p;
}

// Mean over queries and heads of the divergence of their distributions, in nats.
double MeanDivergence(const std::vector<double>& exact, const std::vector<double>& other) {
  double sum = 0;
  for (size_t i = 0; i < exact.size(); i += Attention::kTokens) {
    const auto p = Softmax(&exact[i], Attention::kTokens);
    const auto q = Softmax(&other[i], Attention::kTokens);
    for (size_t t = 0; t < p.size(); ++t) sum += p[t] * std::log(p[t] / q[t]);
  }
  return sum / double(exact.size() / Attention::kTokens);
}

// Whether a value is the one that a table prints with four digits, the last off by less than one.
bool Prints(double value, double printed) {
  const double last = std::pow(10.0, std::floor(std::log10(printed)) - 3);
  return std::fabs(value - printed) < last;
}

struct Cell {
  double keys, scores, divergence;
};
struct Row {
  uint32_t block;
  unsigned bits;
  Cell cells[3];  // unsorted, sorted within heads, sorted over all channels
};
const Row kRows[] = {
    {16,
     3,
     {{3.465e-2, 3.147e-1, 0.3925}, {4.403e-2, 1.516e-1, 0.1939}, {5.631e-2, 7.872e-2, 0.0996}}},
    {16,
     4,
     {{1.525e-2, 2.264e-1, 0.2862}, {1.383e-2, 1.078e-1, 0.1353}, {1.431e-2, 3.560e-2, 0.0500}}},
    {16,
     5,
     {{6.629e-3, 1.118e-1, 0.1587}, {4.870e-3, 5.863e-2, 0.0802}, {3.622e-3, 1.119e-2, 0.0135}}},
    {16,
     6,
     {{2.212e-3, 4.119e-2, 0.0566}, {1.381e-3, 1.876e-2, 0.0245}, {8.719e-4, 2.925e-3, 0.00389}}},
    {16,
     7,
     {{6.120e-4, 1.123e-2, 0.0154}, {3.670e-4, 5.086e-3, 0.00612}, {2.261e-4, 8.351e-4, 0.00117}}},
    {16,
     8,
     {{1.510e-4, 2.803e-3, 0.00386},
      {9.142e-5, 1.241e-3, 0.00191},
      {5.708e-5, 2.103e-4, 0.000296}}},
    {32,
     3,
     {{4.824e-2, 5.412e-1, 0.6641}, {5.080e-2, 2.947e-1, 0.3725}, {7.108e-2, 9.457e-2, 0.1250}}},
    {32,
     4,
     {{2.501e-2, 4.172e-1, 0.5310}, {2.002e-2, 2.387e-1, 0.3297}, {1.870e-2, 4.571e-2, 0.0601}}},
    {32,
     5,
     {{1.207e-2, 2.206e-1, 0.2899}, {8.609e-3, 1.361e-1, 0.1763}, {5.260e-3, 2.849e-2, 0.0369}}},
    {32,
     6,
     {{4.221e-3, 7.852e-2, 0.1177}, {2.652e-3, 4.376e-2, 0.0575}, {1.349e-3, 8.149e-3, 0.0103}}},
    {32,
     7,
     {{1.148e-3, 2.086e-2, 0.0297}, {7.226e-4, 1.300e-2, 0.0185}, {3.448e-4, 2.060e-3, 0.00269}}},
    {32,
     8,
     {{2.849e-4, 5.196e-3, 0.00724},
      {1.802e-4, 3.151e-3, 0.00442},
      {9.217e-5, 6.299e-4, 0.000901}}},
    {64,
     3,
     {{6.280e-2, 7.138e-1, 0.8574}, {6.101e-2, 5.251e-1, 0.6288}, {7.538e-2, 1.796e-1, 0.2230}}},
    {64,
     4,
     {{3.564e-2, 5.947e-1, 0.7728}, {2.989e-2, 4.567e-1, 0.5963}, {2.279e-2, 1.294e-1, 0.1571}}},
    {64,
     5,
     {{1.894e-2, 3.547e-1, 0.4806}, {1.530e-2, 2.788e-1, 0.3712}, {8.636e-3, 9.841e-2, 0.1344}}},
    {64,
     6,
     {{6.978e-3, 1.349e-1, 0.1957}, {5.368e-3, 9.779e-2, 0.1327}, {2.653e-3, 3.398e-2, 0.0446}}},
    {64,
     7,
     {{1.938e-3, 3.644e-2, 0.0482}, {1.423e-3, 2.653e-2, 0.0374}, {6.768e-4, 9.072e-3, 0.0116}}},
    {64,
     8,
     {{4.774e-4, 8.795e-3, 0.0117}, {3.530e-4, 6.097e-3, 0.00833}, {1.851e-4, 2.599e-3, 0.00369}}},
    {128,
     3,
     {{7.279e-2, 7.501e-1, 0.8766}, {7.279e-2, 7.501e-1, 0.8766}, {8.201e-2, 3.083e-1, 0.3741}}},
    {128,
     4,
     {{4.198e-2, 6.761e-1, 0.8911}, {4.198e-2, 6.761e-1, 0.8911}, {2.952e-2, 2.609e-1, 0.3223}}},
    {128,
     5,
     {{2.481e-2, 4.525e-1, 0.6202}, {2.481e-2, 4.525e-1, 0.6202}, {1.431e-2, 2.127e-1, 0.2939}}},
    {128,
     6,
     {{9.948e-3, 1.801e-1, 0.2213}, {9.948e-3, 1.801e-1, 0.2213}, {5.111e-3, 8.357e-2, 0.1032}}},
    {128,
     7,
     {{2.853e-3, 5.718e-2, 0.0817}, {2.853e-3, 5.718e-2, 0.0817}, {1.359e-3, 2.260e-2, 0.0322}}},
    {128,
     8,
     {{7.071e-4, 1.259e-2, 0.0171}, {7.071e-4, 1.259e-2, 0.0171}, {3.552e-4, 6.188e-3, 0.00853}}},
};

TEST_CASE("the synthetic attention is the published one") {
  const Attention attention;
  const float first[] = {0x1.fcee00p-1f, 0x1.942a78p+0f, 0x1.d50098p-2f, -0x1.527678p+1f};
  for (size_t i = 0; i < 4; ++i) CHECK(attention.keys[i] == first[i]);
  CHECK(attention.keys[63 * 512 + 511] == -0x1.e11842p-2f);
  CHECK(attention.queries[15 * 512 + 511] == -0x1.1738bep+0f);
  double squares = 0;
  for (const float k : attention.keys) squares += double(k) * k;
  CHECK(squares == doctest::Approx(1827413.17984827).epsilon(1e-12));
  double scores = 0, largest = 0;
  const std::vector<double> all = attention.Scores(attention.keys);
  for (const double s : all) {
    scores += s * s;
    largest = std::max(largest, std::fabs(s));
  }
  CHECK(scores / double(all.size()) == doctest::Approx(2.85580597151).epsilon(1e-11));
  CHECK(largest == doctest::Approx(8.58112498544).epsilon(1e-11));
}

TEST_CASE("orders of the synthetic attention") {
  const Attention attention;
  const auto begins = [](const ChannelOrder& order, const std::vector<uint32_t>& want) {
    for (size_t i = 0; i < want.size(); ++i) CHECK(order.from[i] == want[i]);
  };
  const ChannelOrder head = MustOrder(attention.row_keys, {Attention::kHead});
  begins(head, {114, 69, 24, 107, 62, 17, 19, 67, 73, 35, 91, 59});
  CHECK(std::vector<uint32_t>(head.from.begin() + 124, head.from.begin() + 128) ==
        std::vector<uint32_t>{104, 32, 64, 56});
  begins(MustOrder(attention.row_keys, {}), {217, 114, 320, 423, 172, 69, 506, 275});
  // Pairs, for rotary embedding.
  begins(MustOrder(attention.row_keys, {Attention::kHead, RotaryPairs::kSplit}),
         {50, 5, 24, 43, 62, 17, 9, 22});
  begins(MustOrder(attention.row_keys, {Attention::kHead, RotaryPairs::kInterleaved}),
         {50, 114, 5, 69, 24, 88, 43, 107});
}

TEST_CASE("keys in every width, block and order: errors to all printed digits") {
  const Attention attention;
  const std::vector<double> exact = attention.Scores(attention.keys);
  const ChannelOrder orders[] = {
      {}, MustOrder(attention.row_keys, {Attention::kHead}), MustOrder(attention.row_keys, {})};
  for (const Row& row : kRows) {
    for (size_t i = 0; i < 3; ++i) {
      CAPTURE(row.block);
      CAPTURE(row.bits);
      CAPTURE(i);
      const KvCache cache = CacheOf(attention, row.bits, row.block, orders[i]);
      CHECK(cache.bits_per_element() == row.bits + 8.0 / row.block);
      const std::vector<float> stored = StoredKeys(cache);
      const std::vector<double> scores = attention.Scores(stored);
      CHECK(Prints(NmseOf(stored, attention.keys), row.cells[i].keys));
      CHECK(Prints(NmseOf(scores, exact), row.cells[i].scores));
      CHECK(MeanDivergence(exact, scores) ==
            doctest::Approx(row.cells[i].divergence).epsilon(5e-3));
    }
  }
}

TEST_CASE("one block of the experiment, integer by integer") {
  const Attention attention;
  const std::span<const float> first(attention.keys.data(), 32);
  const uint8_t exponent = format::BlockExponent(first);
  CHECK(format::BfpValue(4, exponent, 1) == 8);
  for (size_t i = 0; i < 32; ++i) {
    const int want = i == 17 ? 3 : i == 24 ? -6 : 0;
    CHECK(format::BfpCode(4, exponent, first[i]) == want);
  }
  const ChannelOrder order = MustOrder(attention.row_keys, {Attention::kHead});
  const std::vector<int> q = {2, 0, -6, 7, 4, 3, 0, 0, 1};
  std::vector<float> sorted;
  for (size_t i = 0; i < 32; ++i) sorted.push_back(attention.keys[order.from[i]]);
  CHECK(format::BfpValue(4, format::BlockExponent(sorted), 1) == 8);
  for (size_t i = 0; i < 32; ++i) {
    CHECK(format::BfpCode(4, format::BlockExponent(sorted), sorted[i]) ==
          (i < q.size() ? q[i] : 0));
  }
}

TEST_CASE("keys after rotary embedding: what each order is worth") {
  Attention attention;
  attention.Rotate();
  const std::vector<double> exact = attention.Scores(attention.keys);
  const ChannelOrder orders[] = {
      {},
      MustOrder(attention.row_keys, {Attention::kHead}),
      MustOrder(attention.row_keys, {Attention::kHead, RotaryPairs::kSplit}),
      MustOrder(attention.row_keys, {Attention::kHead, RotaryPairs::kInterleaved})};
  struct Rotated {
    uint32_t block;
    unsigned bits;
    double scores[4], keys[4];
  };
  const Rotated rows[] = {
      {16, 4, {4.903e-2, 3.689e-2, 4.297e-2, 2.745e-2}, {1.651e-2, 1.577e-2, 1.662e-2, 1.529e-2}},
      {16, 6, {7.713e-3, 5.007e-3, 5.226e-3, 3.027e-3}, {2.273e-3, 1.674e-3, 1.769e-3, 1.305e-3}},
      {32, 4, {8.740e-2, 7.300e-2, 7.755e-2, 5.449e-2}, {2.687e-2, 2.451e-2, 2.561e-2, 2.160e-2}},
      {32, 6, {1.444e-2, 1.088e-2, 1.160e-2, 7.626e-3}, {4.171e-3, 3.189e-3, 3.509e-3, 2.540e-3}},
      {64, 4, {1.206e-1, 1.182e-1, 1.206e-1, 9.613e-2}, {3.685e-2, 3.609e-2, 3.685e-2, 3.195e-2}},
      {64, 8, {1.594e-3, 1.393e-3, 1.594e-3, 1.125e-3}, {4.517e-4, 3.897e-4, 4.517e-4, 3.272e-4}},
      {128, 4, {1.442e-1, 1.442e-1, 1.442e-1, 1.442e-1}, {4.421e-2, 4.421e-2, 4.421e-2, 4.421e-2}}};
  for (const Rotated& row : rows) {
    for (size_t i = 0; i < 4; ++i) {
      CAPTURE(row.block);
      CAPTURE(row.bits);
      CAPTURE(i);
      const auto stored = StoredKeys(CacheOf(attention, row.bits, row.block, orders[i]));
      CHECK(NmseOf(stored, attention.keys) == doctest::Approx(row.keys[i]).epsilon(1e-3));
      CHECK(NmseOf(attention.Scores(stored), exact) ==
            doctest::Approx(row.scores[i]).epsilon(1e-3));
    }
  }
}

}  // namespace
}  // namespace lutgemm
