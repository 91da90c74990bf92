#include "model/cost/gemm_shape.h"

#include "base/text.h"

#include <charconv>

namespace lutgemm::model::cost {

Status Validate(const GemmShape& gemm) {
  for (const size_t side : {gemm.m, gemm.n, gemm.k}) {
    if (side == 0 || side > kMaxGemmSide) {
      return base::MakeStatus(Code::kBadShape, "a GEMM side of ", side, " is not in 1..",
                              kMaxGemmSide);
    }
  }
  return {};
}

Result<GemmShape> ParseGemm(std::string_view text) {
  GemmShape gemm;
  const char* at = text.data();
  const char* const end = at + text.size();
  bool read = true;
  for (size_t* side : {&gemm.m, &gemm.n, &gemm.k}) {
    if (side != &gemm.m) read = read && at != end && *at++ == 'x';
    const std::from_chars_result number = std::from_chars(at, end, *side);
    read = read && number.ec == std::errc();
    at = number.ptr;
  }
  if (!read || at != end) {
    return base::MakeStatus(Code::kBadArgument, "'", text,
                            "' is not a problem such as 2048x27648x5120 (MxNxK)");
  }
  if (const Status valid = Validate(gemm); !valid.ok()) {
    return base::MakeStatus(Code::kBadArgument, "'", text, "' as MxNxK: ", valid.text());
  }
  return gemm;
}

}  // namespace lutgemm::model::cost
