// cpin, cpout, fence: copies between global memory and scratchpad, complete at the next fence.
#ifndef LUTGEMM_MODEL_FUNC_EXEC_COPY_H_
#define LUTGEMM_MODEL_FUNC_EXEC_COPY_H_

#include "model/func/state.h"

#include <cstring>

namespace lutgemm::model::func {

// Checks both ends of a copy and notes it as pending.
inline Trap StartCopy(State& state, int64_t scratchpad, int64_t global, size_t length, bool in,
                      CopyRanges* copy) {
  if (Trap t = state.ScratchpadRange(scratchpad, length, &copy->scratchpad); !t.ok()) return t;
  if (Trap t = state.GlobalRange(global, length, &copy->global); !t.ok()) return t;
  if (Trap t = state.CheckScratchpadIdle(copy->scratchpad, in); !t.ok()) return t;
  if (Trap t = state.CheckGlobalIdle(copy->global, !in); !t.ok()) return t;
  state.StartCopy(*copy, in);
  return {};
}

inline Trap ExecCpin(State& state, const isa::Instruction& i) {
  const size_t length = i.Size(isa::Field::kLength);
  CopyRanges copy;
  Trap trap = StartCopy(state, state.Scalar(i[isa::Field::kSd]), state.Scalar(i[isa::Field::kSa]),
                        length, true, &copy);
  if (!trap.ok()) return trap;
  std::memcpy(&state.scratchpad[copy.scratchpad.begin], &state.global[copy.global.begin], length);
  state.counters.global_read += length;
  state.counters.scratchpad_written += length;
  return {};
}

inline Trap ExecCpout(State& state, const isa::Instruction& i) {
  const size_t length = i.Size(isa::Field::kLength);
  CopyRanges copy;
  Trap trap = StartCopy(state, state.Scalar(i[isa::Field::kSa]), state.Scalar(i[isa::Field::kSd]),
                        length, false, &copy);
  if (!trap.ok()) return trap;
  std::memcpy(&state.global[copy.global.begin], &state.scratchpad[copy.scratchpad.begin], length);
  state.counters.scratchpad_read += length;
  state.counters.global_written += length;
  return {};
}

inline Trap ExecFence(State& state, const isa::Instruction&) {
  state.CompleteCopies();
  return {};
}

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_EXEC_COPY_H_
