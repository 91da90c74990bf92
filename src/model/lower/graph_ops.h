// Operators between matrix products, f32 [tokens][width], accumulated in double.
#ifndef LUTGEMM_MODEL_LOWER_GRAPH_OPS_H_
#define LUTGEMM_MODEL_LOWER_GRAPH_OPS_H_

#include <cstddef>
#include <span>
#include <vector>

namespace lutgemm::model::lower {

using Values = std::vector<float>;

Values Normed(std::span<const float> x, std::span<const float> weight, double epsilon);
// Dimensions i and i + half of a head are turned together, token t to position t.
Values Rotated(std::span<const float> x, size_t tokens, size_t heads, double theta);
// [token][head][earlier token]: scaled products of query and key.
Values AttentionScores(std::span<const float> query, std::span<const float> key, size_t tokens,
                       size_t heads);
// Over the tokens up to the row's own; later ones get 0.
Values CausalSoftmax(std::span<const float> scores, size_t tokens, size_t heads);
Values Mixed(std::span<const float> shares, std::span<const float> value, size_t tokens,
             size_t heads);
Values SiluGated(std::span<const float> gate, std::span<const float> up);
Values Sum(std::span<const float> x, std::span<const float> y);

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_GRAPH_OPS_H_
