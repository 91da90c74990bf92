// Traps of instructions. Nothing is thrown or printed: they are values, whose types are public.
#ifndef LUTGEMM_MODEL_FUNC_TRAP_H_
#define LUTGEMM_MODEL_FUNC_TRAP_H_

#include <lutgemm/model/machine.hpp>

namespace lutgemm::model::func {

using model::Name;
using model::Trap;
using model::TrapKind;

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_TRAP_H_
