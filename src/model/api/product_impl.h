// What a compiled product holds.
#ifndef LUTGEMM_MODEL_API_PRODUCT_IMPL_H_
#define LUTGEMM_MODEL_API_PRODUCT_IMPL_H_

#include "model/lower/gemm.h"

#include <lutgemm/model/product.hpp>

#include <vector>

namespace lutgemm::model {

class ProductImpl {
 public:
  ProductSpec spec;
  lower::CompiledGemm gemm;
  std::vector<uint64_t> words;
  std::vector<std::byte> memory;  // with the weights in it

  static const ProductImpl& Of(const Product& product) { return *product.impl_; }
  static Product Wrap(std::shared_ptr<const ProductImpl> impl) { return Product(std::move(impl)); }
};

}  // namespace lutgemm::model

#endif  // LUTGEMM_MODEL_API_PRODUCT_IMPL_H_
