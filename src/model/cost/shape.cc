#include "model/cost/shape.h"

#include "base/names.h"
#include "base/text.h"

namespace lutgemm::model::cost {

Status ValidateProduct(const Shape& product) {
  for (const size_t side : {product.m, product.n, product.k}) {
    if (side == 0 || side > kMaxGemmSide) {
      return base::MakeStatus(Code::kBadShape, "a GEMM side of ", side, " is not in 1..",
                              kMaxGemmSide);
    }
  }
  return {};
}

Result<Shape> ParseArrayShape(std::string_view text) noexcept {
  const Result<Shape> shape = ParseShape(text);
  if (!shape.ok()) return shape;
  if (shape->m == 0 || shape->n == 0 || shape->k == 0 || shape->m > kMaxSide ||
      shape->n > kMaxSide || shape->k > kMaxTableGroup) {
    return base::MakeStatus(Code::kBadArgument, base::Quote(text),
                            " is not an array such as m2n64k4 with m and n in 1..", kMaxSide,
                            " and k in 1..", kMaxTableGroup);
  }
  return shape;
}

Result<Shape> ParseProduct(std::string_view text) noexcept {
  const Result<Shape> shape = ParseShape(text);
  if (!shape.ok()) return shape;
  if (const Status valid = ValidateProduct(*shape); !valid.ok()) {
    return base::MakeStatus(Code::kBadArgument, base::Quote(text), " as MxNxK: ", valid.text());
  }
  return shape;
}

}  // namespace lutgemm::model::cost
