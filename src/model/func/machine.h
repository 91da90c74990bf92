// The functional simulator: runs a program of 64-bit words on the architectural state.
#ifndef LUTGEMM_MODEL_FUNC_MACHINE_H_
#define LUTGEMM_MODEL_FUNC_MACHINE_H_

#include "model/func/state.h"

#include <functional>
#include <span>

namespace lutgemm::model::func {

// Called before each instruction; state.pc is the index of its word.
using Observer = std::function<void(const State& state, const isa::Instruction& instruction)>;

class Machine {
 public:
  // Memories are zero at first. Throws std::bad_alloc where they cannot be had.
  explicit Machine(const Config& config) : state_(config) {}

  // Runs from word 0 until halt or a trap; registers, memories and counters stay as they are at
  // the start, so that programs can follow one another. Copies that a trap found under way are
  // complete.
  Trap Run(std::span<const uint64_t> words, const Observer& observer = {});

  State& state() { return state_; }
  const State& state() const { return state_; }
  const Counters& counters() const { return state_.counters; }

 private:
  State state_;
};

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_MACHINE_H_
