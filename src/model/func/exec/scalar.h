// halt, li, addi, bne: what steers a program.
#ifndef LUTGEMM_MODEL_FUNC_EXEC_SCALAR_H_
#define LUTGEMM_MODEL_FUNC_EXEC_SCALAR_H_

#include "base/text.h"
#include "model/func/state.h"

namespace lutgemm::model::func {

inline Trap ExecHalt(State& state, const isa::Instruction&) {
  state.halted = true;
  return {};
}

inline Trap ExecLi(State& state, const isa::Instruction& i) {
  state.SetScalar(i[isa::Field::kSd], i[isa::Field::kImm]);
  return {};
}

inline Trap ExecAddi(State& state, const isa::Instruction& i) {
  const auto sum = static_cast<uint64_t>(state.Scalar(i[isa::Field::kSa])) +
                   static_cast<uint64_t>(int64_t{i[isa::Field::kImm]});
  state.SetScalar(i[isa::Field::kSd], static_cast<int64_t>(sum));
  return {};
}

// The distance counts from the branch itself; the machine has stepped past it already. A branch out
// of the program traps where it stands, and only if it is taken.
inline Trap ExecBne(State& state, const isa::Instruction& i) {
  if (state.Scalar(i[isa::Field::kSa]) == state.Scalar(i[isa::Field::kSb])) return {};
  const int64_t target = static_cast<int64_t>(state.pc) - 1 + i[isa::Field::kTarget];
  if (target < 0 || target >= static_cast<int64_t>(state.words)) {
    return {TrapKind::kEnd, 0,
            base::Cat("leads to word ", target, "; the program has ", state.words)};
  }
  state.pc = static_cast<size_t>(target);
  return {};
}

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_EXEC_SCALAR_H_
