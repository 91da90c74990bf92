// halt, li, addi, bne: what steers a program.
#ifndef LUTGEMM_MODEL_FUNC_EXEC_SCALAR_H_
#define LUTGEMM_MODEL_FUNC_EXEC_SCALAR_H_

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

// The distance counts from the branch itself; the machine has stepped past it already. A target
// before the program wraps to a word that no program has.
inline Trap ExecBne(State& state, const isa::Instruction& i) {
  if (state.Scalar(i[isa::Field::kSa]) != state.Scalar(i[isa::Field::kSb])) {
    state.pc = state.pc - 1 + static_cast<size_t>(int64_t{i[isa::Field::kTarget]});
  }
  return {};
}

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_EXEC_SCALAR_H_
