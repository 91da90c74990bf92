// Outputs as docs/numerics.md computes them, to the last rounding; and how far they may be from the
// product of the activations and the weights' values in float64.
#ifndef LUTGEMM_ORACLE_OUTPUTS_H_
#define LUTGEMM_ORACLE_OUTPUTS_H_

#include "oracle/acts.h"
#include "oracle/row.h"

namespace lutgemm::oracle {

// The accumulator of one output: steps 1 to 3 of exact mode, all of fast mode.
float Accumulator(const Token& token, const Row& row, const Spec& spec);

// The integer product, of int32 outputs.
int64_t IntegerProduct(const Token& token, const Row& row);

// The last step: factor, bias (null: none) and one rounding to the type of outputs.
float Finished(float acc, const Row& row, const float* bias, Elem out);

// The accumulator in float64, and the most that any rounding of the page can move it by: half a
// step of every int8 code or table entry, and the roundings of floats.
struct Bounded {
  double value = 0, error = 0;
};
Bounded AccumulatorBound(std::span<const float> act, const Token& token, const Row& row,
                         const Spec& spec);

}  // namespace lutgemm::oracle

#endif  // LUTGEMM_ORACLE_OUTPUTS_H_
