// Why a program stopped before its end. Traps are values: nothing is thrown or printed.
#ifndef LUTGEMM_MODEL_FUNC_TRAP_H_
#define LUTGEMM_MODEL_FUNC_TRAP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lutgemm::model::func {

enum class TrapKind : uint8_t {
  kNone,
  kIllegal,     // a reserved word
  kRegister,    // an operand past the machine's registers, or activations past a register's end
  kOverlap,     // a result over an operand that is not rc itself
  kType,        // row sums of another type than the instruction's
  kScratchpad,  // an access outside the scratchpad
  kGlobal,      // an access outside the global memory
  kPending,     // an access to bytes that a copy is still moving
  kEnd,         // execution left the program
  kSteps,       // more steps than allowed
};
std::string_view Name(TrapKind kind);  // "illegal", "register", ...

struct Trap {
  TrapKind kind = TrapKind::kNone;
  // Index of the word that trapped: of a branch that leads out of the program, its own. Where
  // execution ran past the last word, the number of words.
  size_t pc = 0;
  std::string text;  // what was wrong, with numbers

  bool ok() const { return kind == TrapKind::kNone; }
};

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_TRAP_H_
