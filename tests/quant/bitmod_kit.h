// BitMoD in tests.
#ifndef LUTGEMM_TESTS_QUANT_BITMOD_KIT_H_
#define LUTGEMM_TESTS_QUANT_BITMOD_KIT_H_

#include "quant/rounder.h"
#include "support/distributions.h"

#include "kit.h"

namespace lutgemm::test {

inline QuantSpec FloatSpec(WeightFormat format, uint32_t group) {
  QuantSpec spec = DefaultSpec(format);
  spec.group = group;
  spec.scale = Elem::kF32;
  return spec;
}

inline WeightFormat FormatOf(unsigned bits) {
  return bits == 3 ? WeightFormat::kBitmod3 : WeightFormat::kBitmod4;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_QUANT_BITMOD_KIT_H_
