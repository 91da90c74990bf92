// What is known beforehand about the error that 8-bit tables make with given weights.
#ifndef LUTGEMM_TOOLS_COMMAND_VERIFY_TABLE_FACTOR_H_
#define LUTGEMM_TOOLS_COMMAND_VERIFY_TABLE_FACTOR_H_

#include <lutgemm/weights.hpp>

namespace lutgemm::tools {

// What a lookup's index holds: bits of one plane, or ternary digits.
enum class TableIndex { kBits, kDigits };

// Fast mode rounds every table entry, a sum of four activations (of three or five in some
// methods), so that its error does not depend on the size of the weights, as that of int8
// activations does. Per lookup the error's variance is that of one entry times the sum of squared
// plane multipliers, planes with equal or opposite digits adding up first (their entries are equal
// or opposite, and so are the errors). The factor is that variance over the sum of squared weights,
// relative to the same ratio for whole lookups of weights of -1 and +1, and 1 at least. Zeros make
// it large: real int2 weights have about 4, int3 and ternary about 2. So do lookups that a group's
// end leaves few weights.
//
// Of lookups of `length` weights each: 4 (lut4) or 5 (lut5) bits, or 5 (ternary5) or 3 (ternary3)
// digits.
double TableFactor(const QuantizedMatrix& matrix, TableIndex index, size_t length);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_VERIFY_TABLE_FACTOR_H_
