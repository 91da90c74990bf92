// The published synthetic attention: four heads of 128 channels, six of them outliers, whose keys
// are quantised. Everything is exact or in double, in ascending order.
#ifndef LUTGEMM_SUPPORT_ATTENTION_H_
#define LUTGEMM_SUPPORT_ATTENTION_H_

#include "support/distributions.h"

#include <cmath>
#include <cstddef>
#include <vector>

namespace lutgemm::test {

struct Attention {
  static constexpr size_t kTokens = 64, kQueries = 16, kInputs = 64, kHeads = 4, kHead = 128;
  static constexpr size_t kChannels = kHeads * kHead;

  std::vector<double> wk, wq;    // [channel][input]
  std::vector<float> keys;       // [token][channel]
  std::vector<float> queries;    // [query][channel]
  std::vector<double> row_keys;  // sums of squares of the rows of wk

  Attention() {
    SplitMix random(2403);
    const std::vector<double> x = Draw(random, kTokens * kInputs);
    const std::vector<double> xq = Draw(random, kQueries * kInputs);
    wk = Draw(random, kChannels * kInputs);
    wq = Draw(random, kChannels * kInputs);
    row_keys.resize(kChannels);
    for (size_t o = 0; o < kChannels; ++o) {
      const double size = Size(o);
      for (size_t c = 0; c < kInputs; ++c) {
        wk[o * kInputs + c] *= size / 8;
        wq[o * kInputs + c] *= IsOutlier(o) ? 0.125 * (4 / size) : 0.125;
        row_keys[o] += wk[o * kInputs + c] * wk[o * kInputs + c];
      }
    }
    keys = Product(x, wk, kTokens);
    queries = Product(xq, wq, kQueries);
  }

  // Rotates pairs (i, i + 64) of keys at positions 0 and up, of queries from 64 on.
  void Rotate() {
    RotateRows(keys, 0);
    RotateRows(queries, kTokens);
  }

  static size_t Rank(size_t o) { return (37 * (o % kHead) + 11 + 29 * (o / kHead)) % kHead; }
  static bool IsOutlier(size_t o) { return Rank(o) < 6; }
  static double Size(size_t o) {
    return IsOutlier(o) ? 24.0 + 4.0 * double(Rank(o)) : 1 + double(5 * (o % kHead) % 8) / 8;
  }

  // Scores [query][head][token] in double.
  std::vector<double> Scores(const std::vector<float>& of_keys) const {
    std::vector<double> scores;
    for (size_t q = 0; q < kQueries; ++q) {
      for (size_t h = 0; h < kHeads; ++h) {
        for (size_t t = 0; t < kTokens; ++t) {
          double sum = 0;
          for (size_t c = h * kHead; c < (h + 1) * kHead; ++c) {
            sum += double(queries[q * kChannels + c]) * of_keys[t * kChannels + c];
          }
          scores.push_back(sum / std::sqrt(double(kHead)));
        }
      }
    }
    return scores;
  }

 private:
  static std::vector<double> Draw(SplitMix& random, size_t count) {
    std::vector<double> values(count);
    for (double& v : values) v = random.Halves();
    return values;
  }
  static std::vector<float> Product(const std::vector<double>& x, const std::vector<double>& w,
                                    size_t rows) {
    std::vector<float> out;
    for (size_t r = 0; r < rows; ++r) {
      for (size_t o = 0; o < kChannels; ++o) {
        double sum = 0;
        for (size_t c = 0; c < kInputs; ++c) sum += x[r * kInputs + c] * w[o * kInputs + c];
        out.push_back(static_cast<float>(sum));
      }
    }
    return out;
  }
  static void RotateRows(std::vector<float>& rows, size_t position) {
    for (size_t begin = 0; begin < rows.size(); begin += kChannels, ++position) {
      for (size_t h = 0; h < kHeads; ++h) {
        for (size_t i = 0; i < kHead / 2; ++i) {
          const double angle = double(position) * std::pow(10000.0, -double(i) / (kHead / 2));
          float& a = rows[begin + h * kHead + i];
          float& b = rows[begin + h * kHead + i + kHead / 2];
          const double first = a * std::cos(angle) - b * std::sin(angle);
          const double second = a * std::sin(angle) + b * std::cos(angle);
          a = static_cast<float>(first);
          b = static_cast<float>(second);
        }
      }
    }
  }
};

}  // namespace lutgemm::test

#endif  // LUTGEMM_SUPPORT_ATTENTION_H_
