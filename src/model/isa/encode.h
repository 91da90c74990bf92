// Instructions as 64-bit words. Every legal instruction has one word, and every other word is
// reserved: Encode and Decode are inverse to each other.
#ifndef LUTGEMM_MODEL_ISA_ENCODE_H_
#define LUTGEMM_MODEL_ISA_ENCODE_H_

#include "model/isa/isa.h"

#include <lutgemm/status.hpp>

namespace lutgemm::model::isa {

// Fails with kBadArgument where a value does not fit its field, or types may not stand together.
Result<uint64_t> Encode(const Instruction& instruction);

// Fails with kBadArgument on a reserved word; the text says which bits are wrong.
Result<Instruction> Decode(uint64_t word);

// Whether a field can hold a value; if not, `Encode` says what it can hold.
bool Fits(const FieldSpec& field, int64_t value);
// "1, 2, 4, 8 or 16", "0 to 255", "one of i1, i2": the values that a field can hold.
std::string RangeText(const FieldSpec& field);
// Which types of an instruction do not stand together.
Status CombinationError(const Instruction& instruction);

}  // namespace lutgemm::model::isa

#endif  // LUTGEMM_MODEL_ISA_ENCODE_H_
