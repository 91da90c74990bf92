#include "model/units/pe.h"

namespace lutgemm::model::units {

void BitSerialPe::Tick() {
  ++cycles_;
  if (!dequantizer_.busy()) return;
  dequantizer_.Cycle();
  if (!dequantizer_.busy()) scaled_.push_back(dequantizer_.value());
}

void BitSerialPe::Step(const LaneActivations& acts, const LaneWeights& weights) {
  for (unsigned t = 0; t < TermCount(type_); ++t) {
    LaneTerms terms;
    for (unsigned i = 0; i < kLanes; ++i) terms[i] = weights[i][t];
    const Alignment match = MatchExponents(acts, terms);
    const int32_t dot = MultiplyAndAdd(acts, terms, match, rounding_);
    sum_ = Accumulate(sum_, dot, match.exponent, Significance(type_, t), rounding_);
    Tick();
  }
}

void BitSerialPe::EndGroup(uint8_t scale) {
  for (; dequantizer_.busy(); ++stalls_) Tick();
  dequantizer_.Start(sum_, scale);
  sum_ = {};
}

void BitSerialPe::Drain() {
  while (dequantizer_.busy()) Tick();
}

}  // namespace lutgemm::model::units
