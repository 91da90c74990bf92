#include "model/func/state.h"

#include "base/text.h"

#include <iterator>

namespace lutgemm::model {

std::string_view Name(TrapKind kind) noexcept {
  constexpr std::string_view kNames[] = {"none",       "illegal", "register", "overlap", "type",
                                         "scratchpad", "global",  "pending",  "end",     "steps"};
  const auto at = static_cast<size_t>(kind);
  return at < std::size(kNames) ? kNames[at] : "unknown";
}

Counters& Counters::operator+=(const Counters& other) {
  for (size_t i = 0; i < executed.size(); ++i) executed[i] += other.executed[i];
  for (uint64_t Counters::*count :
       {&Counters::steps, &Counters::lookups, &Counters::array_cycles, &Counters::table_adds,
        &Counters::global_read, &Counters::global_written, &Counters::scratchpad_read,
        &Counters::scratchpad_written, &Counters::register_read, &Counters::register_written}) {
    this->*count += other.*count;
  }
  return *this;
}

}  // namespace lutgemm::model

namespace lutgemm::model::func {
namespace {

using base::Cat;

constexpr size_t kSlack = 8;

Trap MakeTrap(TrapKind kind, std::string text) { return {kind, 0, std::move(text)}; }

Trap MemoryRange(int64_t address, size_t length, size_t size, TrapKind kind, ByteRange* range) {
  const auto begin = static_cast<uint64_t>(address);
  if (address < 0 || begin > size || length > size - begin) {
    return MakeTrap(kind, Cat(length, " bytes at ", address, " are outside the ",
                              kind == TrapKind::kGlobal ? "global memory" : "scratchpad", " of ",
                              size, " bytes"));
  }
  *range = {static_cast<size_t>(begin), static_cast<size_t>(begin) + length};
  return {};
}

Trap Busy(const ByteRange& range, std::string_view memory) {
  return MakeTrap(TrapKind::kPending, Cat("a copy is still moving bytes of ", memory, " ",
                                          range.begin, " to ", range.end, "; a fence is missing"));
}

}  // namespace

State::State(const Config& c)
    : config(c),
      registers(c.registers * isa::kRegisterBytes + kSlack),
      scratchpad(c.scratchpad_bytes),
      global(c.global_bytes) {}

void State::SetScalar(int32_t number, int64_t value) {
  if (number != 0) scalars[static_cast<size_t>(number)] = value;
}

Trap State::CheckRegisters(int32_t first, size_t bytes) const {
  const size_t end = static_cast<size_t>(first) + isa::Registers(bytes);
  if (end <= config.registers) return {};
  return MakeTrap(TrapKind::kRegister, Cat("an operand of ", bytes, " bytes from r", first,
                                           " ends past the ", config.registers, " registers"));
}

Trap State::ScratchpadRange(int64_t address, size_t length, ByteRange* range) const {
  return MemoryRange(address, length, scratchpad.size(), TrapKind::kScratchpad, range);
}

Trap State::GlobalRange(int64_t address, size_t length, ByteRange* range) const {
  return MemoryRange(address, length, global.size(), TrapKind::kGlobal, range);
}

Trap State::CheckScratchpadIdle(const ByteRange& range, bool write) const {
  return pending_scratchpad.Blocks(range, write) ? Busy(range, "scratchpad") : Trap();
}

Trap State::CheckGlobalIdle(const ByteRange& range, bool write) const {
  return pending_global.Blocks(range, write) ? Busy(range, "global memory") : Trap();
}

void State::StartCopy(const CopyRanges& copy, bool in) {
  (in ? pending_scratchpad.written : pending_scratchpad.read).Add(copy.scratchpad);
  (in ? pending_global.read : pending_global.written).Add(copy.global);
}

void State::CompleteCopies() {
  pending_scratchpad.Clear();
  pending_global.Clear();
}

}  // namespace lutgemm::model::func
