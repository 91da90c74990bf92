#include "model/lower/graph_ops.h"

#include <algorithm>
#include <cmath>

namespace lutgemm::model::lower {

Values Normed(std::span<const float> x, std::span<const float> weight, double epsilon) {
  const size_t width = weight.size();
  Values out(x.size());
  for (size_t row = 0; row < x.size(); row += width) {
    double squares = 0.0;
    for (size_t i = 0; i < width; ++i) squares += double{x[row + i]} * double{x[row + i]};
    const double root = std::sqrt(squares / static_cast<double>(width) + epsilon);
    for (size_t i = 0; i < width; ++i) {
      out[row + i] = static_cast<float>(double{x[row + i]} / root * double{weight[i]});
    }
  }
  return out;
}

Values Rotated(std::span<const float> x, size_t tokens, size_t heads, double theta) {
  const size_t width = x.size() / tokens, size = width / heads, half = size / 2;
  Values out(x.begin(), x.end());
  for (size_t t = 0; t < tokens; ++t) {
    for (size_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(t) *
                           std::pow(theta, -static_cast<double>(i) / static_cast<double>(half));
      const double cos = std::cos(angle), sin = std::sin(angle);
      for (size_t at = t * width + i; at < (t + 1) * width; at += size) {
        const double left = x[at], right = x[at + half];
        out[at] = static_cast<float>(left * cos - right * sin);
        out[at + half] = static_cast<float>(right * cos + left * sin);
      }
    }
  }
  return out;
}

Values AttentionScores(std::span<const float> query, std::span<const float> key, size_t tokens,
                       size_t heads) {
  const size_t width = query.size() / tokens, size = width / heads;
  const double factor = 1.0 / std::sqrt(static_cast<double>(size));
  Values out(tokens * heads * tokens);
  for (size_t at = 0; at < out.size(); ++at) {
    const size_t past = at % tokens, head = at / tokens % heads, token = at / tokens / heads;
    double sum = 0.0;
    for (size_t i = head * size; i < (head + 1) * size; ++i) {
      sum += double{query[token * width + i]} * double{key[past * width + i]};
    }
    out[at] = static_cast<float>(sum * factor);
  }
  return out;
}

Values CausalSoftmax(std::span<const float> scores, size_t tokens, size_t heads) {
  Values out(scores.size());
  for (size_t row = 0; row < tokens * heads; ++row) {
    const auto one = scores.subspan(row * tokens, row / heads + 1);
    const double top = *std::max_element(one.begin(), one.end());
    double total = 0.0;
    for (const float score : one) total += std::exp(double{score} - top);
    for (size_t i = 0; i < one.size(); ++i) {
      out[row * tokens + i] = static_cast<float>(std::exp(double{one[i]} - top) / total);
    }
  }
  return out;
}

Values Mixed(std::span<const float> shares, std::span<const float> value, size_t tokens,
             size_t heads) {
  const size_t width = value.size() / tokens, size = width / heads;
  Values out(value.size());
  for (size_t at = 0; at < out.size(); ++at) {
    const size_t token = at / width, head = at % width / size;
    double sum = 0.0;
    for (size_t past = 0; past <= token; ++past) {
      sum += double{shares[(token * heads + head) * tokens + past]} *
             double{value[past * width + at % width]};
    }
    out[at] = static_cast<float>(sum);
  }
  return out;
}

Values SiluGated(std::span<const float> gate, std::span<const float> up) {
  Values out(gate.size());
  for (size_t i = 0; i < out.size(); ++i) {
    const double g = gate[i];
    out[i] = static_cast<float>(g / (1.0 + std::exp(-g)) * double{up[i]});
  }
  return out;
}

Values Sum(std::span<const float> x, std::span<const float> y) {
  Values out(x.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = x[i] + y[i];
  return out;
}

}  // namespace lutgemm::model::lower
