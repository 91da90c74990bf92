// What lmma asks of an array.
#ifndef LUTGEMM_MODEL_MACHINE_ARRAY_H_
#define LUTGEMM_MODEL_MACHINE_ARRAY_H_

#include <lutgemm/model/machine.hpp>

namespace lutgemm::model::machine {

inline constexpr size_t kMostScratchpad = size_t{8} << 20;  // what the offsets of ld and st reach

// Fails with kBadArgument where a field is out of range.
Status CheckArray(const Array& array);

}  // namespace lutgemm::model::machine

#endif  // LUTGEMM_MODEL_MACHINE_ARRAY_H_
