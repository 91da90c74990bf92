// Architectural state of the machine, and the checked access to it that instructions share.
#ifndef LUTGEMM_MODEL_FUNC_STATE_H_
#define LUTGEMM_MODEL_FUNC_STATE_H_

#include "model/func/pending.h"
#include "model/func/trap.h"
#include "model/isa/isa.h"
#include "model/isa/operands.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lutgemm::model::func {

using Mode = Arithmetic;
using model::Adder;
using model::Counters;

struct Config {
  size_t registers = isa::kMaxRegisters;
  size_t scratchpad_bytes = size_t{160} << 10;
  size_t global_bytes = size_t{1} << 20;
  Mode mode = Mode::kExact;
  // Mode kRtl: multiply by 2^p as the released RTL does, by adding p to the exponent field, also
  // where the entry is zero or subnormal or the exponent overflows.
  bool exponent_quirk = false;
  Adder adder = Adder::kIeee;  // of mode kRtl
  uint64_t max_steps = uint64_t{1} << 40;
};

// The two ends of a copy.
struct CopyRanges {
  ByteRange scratchpad, global;
};

struct State {
  explicit State(const Config& config);

  Config config;
  // A few bytes more than the registers have, so that keys can be read as words.
  std::vector<std::byte> registers;
  std::vector<std::byte> scratchpad;
  std::vector<std::byte> global;
  std::array<int64_t, isa::kScalars> scalars{};
  size_t pc = 0;
  size_t words = 0;  // of the program that runs
  bool halted = false;
  PendingBytes pending_scratchpad, pending_global;
  Counters counters;

  int64_t Scalar(int32_t number) const { return scalars[static_cast<size_t>(number)]; }
  void SetScalar(int32_t number, int64_t value);
  std::byte* Register(int32_t number) {
    return &registers[static_cast<size_t>(number) * isa::kRegisterBytes];
  }

  // Operands of `bytes` bytes: a trap unless they lie within the registers.
  Trap CheckRegisters(int32_t first, size_t bytes) const;
  // [address, address + length) of a memory: a trap unless it lies within. Where it does, *range is
  // set.
  Trap ScratchpadRange(int64_t address, size_t length, ByteRange* range) const;
  Trap GlobalRange(int64_t address, size_t length, ByteRange* range) const;
  // A trap if a copy still moves bytes of the range: any reader must wait for a copy's target, a
  // writer also for its source.
  Trap CheckScratchpadIdle(const ByteRange& range, bool write) const;
  Trap CheckGlobalIdle(const ByteRange& range, bool write) const;
  // Notes a copy as under way, into the scratchpad or out of it; and all copies as complete.
  void StartCopy(const CopyRanges& copy, bool in);
  void CompleteCopies();
};

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_STATE_H_
