// Codes and scales by the C interface, compared with a matrix of the C++ one.
#ifndef LUTGEMM_API_C_CODES_KIT_H_
#define LUTGEMM_API_C_CODES_KIT_H_

#include <cstring>
#include <utility>

#include "api/c_kit.h"

namespace lutgemm::test {

inline QuantizedHandle QuantizeC(const Weights& w, const lutgemm_pack_spec& spec) {
  const lutgemm_matrix matrix = MatrixOf(w);
  lutgemm_quantized* quantized = nullptr;
  MustSucceed(lutgemm_quantize(&matrix, &spec, nullptr, &quantized));
  return QuantizedHandle(quantized);
}

inline lutgemm_codes CodesOf(const QuantizedHandle& quantized) {
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  MustSucceed(lutgemm_quantized_codes(quantized.get(), &codes));
  return codes;
}

template <class T>
void CheckArray(const T* got, const std::vector<T>& want) {
  CHECK((got == nullptr) == want.empty());
  CHECK(std::vector<T>(got, got + want.size()) == want);
}

inline void CheckCodes(const lutgemm_codes& codes, const QuantizedMatrix& want) {
  CHECK(codes.struct_size == sizeof codes);
  CHECK(codes.format == static_cast<uint32_t>(want.info.format));
  CHECK(codes.group == want.info.group);
  CHECK(codes.zero == static_cast<uint32_t>(want.info.zero));
  CHECK(codes.scale == static_cast<uint32_t>(want.info.scale));
  CHECK(codes.layout == LUTGEMM_LAYOUT_DEFAULT);
  CHECK(codes.super_group == want.info.super_group);
  CHECK(codes.factor == static_cast<uint32_t>(want.info.factor));
  CHECK(std::pair(codes.n, codes.k) == std::pair(want.info.n, want.info.k));
  CheckArray(codes.codes, want.codes);
  CheckArray(codes.scales, want.scales);
  CheckArray(codes.zeros, want.zeros);
  CheckArray(codes.offsets, want.offsets);
  CheckArray(codes.factors, want.factors);
  CheckArray(codes.offset_factors, want.offset_factors);
  CheckArray(codes.selectors, want.selectors);
  REQUIRE((codes.book == nullptr) == (want.book.codes == 0));
  if (codes.book == nullptr) return;
  CHECK(codes.book->codes == want.book.codes);
  CHECK(codes.book->tables == want.book.tables);
  CHECK(codes.book->unit == want.book.unit);
  CHECK(std::memcmp(codes.book->values, want.book.values.data(), 64) == 0);
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_API_C_CODES_KIT_H_
