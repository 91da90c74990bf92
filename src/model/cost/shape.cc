#include "model/cost/shape.h"

#include "base/text.h"
#include "model/text/shape_text.h"

namespace lutgemm::model::cost {

std::string Name(const ArrayShape& shape) { return text::ShapeText({shape.m, shape.n, shape.k}); }

Result<ArrayShape> ParseShape(std::string_view text) noexcept {
  const text::Sizes s = text::ReadShape(text).value_or(text::Sizes());
  if (s.m == 0 || s.n == 0 || s.k == 0 || s.m > kMaxSide || s.n > kMaxSide ||
      s.k > kMaxTableGroup) {
    return base::MakeStatus(Code::kBadArgument, "'", text,
                            "' is not a shape such as m2n64k4 with m and n in 1..", kMaxSide,
                            " and k in 1..", kMaxTableGroup);
  }
  return ArrayShape{s.m, s.n, s.k};
}

}  // namespace lutgemm::model::cost
