// ld, st, zero: registers and scratchpad.
#ifndef LUTGEMM_MODEL_FUNC_EXEC_LOAD_H_
#define LUTGEMM_MODEL_FUNC_EXEC_LOAD_H_

#include "model/func/state.h"

#include <cstring>

namespace lutgemm::model::func {

// The scratchpad bytes and registers of a load or store.
inline Trap CheckAccess(const State& state, const isa::Instruction& i, bool write,
                        ByteRange* range) {
  const size_t length = i.Size(isa::Field::kLength);
  if (Trap t = state.CheckRegisters(i[isa::Field::kRd], length); !t.ok()) return t;
  const auto address = static_cast<uint64_t>(state.Scalar(i[isa::Field::kSa])) +
                       static_cast<uint64_t>(int64_t{i[isa::Field::kOffset]});
  Trap trap = state.ScratchpadRange(static_cast<int64_t>(address), length, range);
  return trap.ok() ? state.CheckScratchpadIdle(*range, write) : trap;
}

inline Trap ExecLd(State& state, const isa::Instruction& i) {
  ByteRange range;
  if (Trap t = CheckAccess(state, i, false, &range); !t.ok()) return t;
  const size_t length = range.end - range.begin;
  std::byte* rd = state.Register(i[isa::Field::kRd]);
  std::memcpy(rd, &state.scratchpad[range.begin], length);
  std::memset(rd + length, 0, isa::Registers(length) * isa::kRegisterBytes - length);
  state.counters.scratchpad_read += length;
  return {};
}

inline Trap ExecSt(State& state, const isa::Instruction& i) {
  ByteRange range;
  if (Trap t = CheckAccess(state, i, true, &range); !t.ok()) return t;
  const size_t length = range.end - range.begin;
  std::memcpy(&state.scratchpad[range.begin], state.Register(i[isa::Field::kRd]), length);
  state.counters.scratchpad_written += length;
  return {};
}

inline Trap ExecZero(State& state, const isa::Instruction& i) {
  const size_t bytes = i.Size(isa::Field::kLength) * isa::kRegisterBytes;
  if (Trap t = state.CheckRegisters(i[isa::Field::kRd], bytes); !t.ok()) return t;
  std::memset(state.Register(i[isa::Field::kRd]), 0, bytes);
  return {};
}

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_EXEC_LOAD_H_
