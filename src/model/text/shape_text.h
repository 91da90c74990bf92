// Shapes of arrays as text, "m2n64k4".
#ifndef LUTGEMM_MODEL_TEXT_SHAPE_TEXT_H_
#define LUTGEMM_MODEL_TEXT_SHAPE_TEXT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lutgemm::model::text {

struct Sizes {
  size_t m = 0, n = 0, k = 0;
};

std::string ShapeText(const Sizes& sizes);
// Nothing for any other text. Sizes may have any value that size_t holds.
std::optional<Sizes> ReadShape(std::string_view text) noexcept;

}  // namespace lutgemm::model::text

#endif  // LUTGEMM_MODEL_TEXT_SHAPE_TEXT_H_
