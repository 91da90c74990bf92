// The functional machine: runs programs on registers, a scratchpad and a global memory, and counts
// what they do. It computes what each instruction does; docs/model.md says what it does not model.
// Defined in src/model/api, src/model/func and src/model/machine.
#ifndef LUTGEMM_MODEL_MACHINE_HPP_
#define LUTGEMM_MODEL_MACHINE_HPP_

#include <lutgemm/model/shape.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace lutgemm::model {

// One array of lookup units with its registers and scratchpad: what programs are compiled for and
// run on. The defaults are ours but for the shape, which is the paper's choice (section 4.2.2).
struct Array {
  std::string name = "m2n64k4";
  Shape shape = {2, 64, 4};                     // m, n powers of two to 16 and 256; k 1 to 8
  size_t registers = 256;                       // of 128 bytes, 1 to 256
  size_t scratchpad_bytes = size_t{160} << 10;  // 1 byte to 8 MiB
  size_t fill_cycles = 1;  // once, beside a cycle per plane: the RTL's output register
};

// An array of that shape, such as "m2n64k4", and defaults otherwise; kBadArgument where
// instructions have no such shape. Whole machines come out of files: MachineFile in cost.hpp.
LUTGEMM_API Result<Array> ParseArray(std::string_view shape) noexcept;

// How float tables are added up; integers and quantised tables are the same in both.
enum class Arithmetic : uint8_t {
  kExact,  // all planes of an instruction exactly, then one rounding
  kRtl,    // the released RTL: plane after plane, lowest first, a rounding after each
};

// The adder of Arithmetic::kRtl.
enum class Adder : uint8_t {
  kIeee,
  // What the released RTL instantiates: operands and results below the normal range are zeros, NaN
  // is infinity, and infinity less infinity is infinity.
  kFlush,
};

// What a machine has, and how it computes.
struct MachineSpec {
  Array array = {};
  size_t memory_bytes = size_t{1} << 20;  // global memory, zero at first
  Arithmetic arithmetic = Arithmetic::kExact;
  // Of Arithmetic::kRtl: multiply by 2^p as the released RTL does, by adding p to the exponent
  // field, also where the entry is zero or subnormal or the exponent overflows.
  bool exponent_quirk = false;
  Adder adder = Adder::kIeee;  // of Arithmetic::kRtl
  uint64_t max_steps = uint64_t{1} << 40;
};

// Why a program stopped before its end.
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
// "illegal", "register", ...; "unknown" for what is none of them.
LUTGEMM_API std::string_view Name(TrapKind kind) noexcept;

// What ended a program. A trap is a fact about the program and no error of the library.
struct Trap {
  TrapKind kind = TrapKind::kNone;
  // Index of the word that trapped: of a branch that leads out of the program, its own. Where
  // execution ran past the last word, the number of words.
  size_t pc = 0;
  std::string text;  // what was wrong, with numbers

  bool ok() const { return kind == TrapKind::kNone; }
};

// What programs have done. Bytes are counted where they leave or enter a memory.
struct LUTGEMM_API Counters {
  std::array<uint64_t, 32> executed{};  // by instruction: InstructionName in program.hpp
  uint64_t steps = 0;
  uint64_t lookups = 0;       // one table read of one output and plane
  uint64_t array_cycles = 0;  // planes of every lmma: one array, one plane per cycle
  uint64_t table_adds = 0;    // additions of lutgen, partial sums shared
  uint64_t global_read = 0, global_written = 0;
  uint64_t scratchpad_read = 0, scratchpad_written = 0;
  uint64_t register_read = 0, register_written = 0;  // by lutgen, lmma and fold

  // Of one instruction, by its place, or the index of InstructionName.
  template <class Index>
  uint64_t Executed(Index index) const {
    return executed[static_cast<size_t>(index)];
  }
  Counters& operator+=(const Counters& other);
};

class MachineImpl;

class LUTGEMM_API Machine {
 public:
  // kBadArgument for an array out of range or an unknown arithmetic or adder, kOutOfMemory.
  static Result<Machine> Make(const MachineSpec& spec) noexcept;
  Machine(Machine&&) noexcept;
  Machine& operator=(Machine&&) noexcept;
  ~Machine();

  // The global memory, for what a program starts with and what it leaves.
  std::span<std::byte> memory() noexcept;
  std::span<const std::byte> memory() const noexcept;

  // Runs from word 0 until halt or a trap. Registers, memories and counters stay as they are at
  // the start, so that programs can follow one another. Copies that a trap found under way are
  // complete. Fails with kOutOfMemory only.
  Result<Trap> Run(std::span<const uint64_t> words) noexcept;

  // Of all runs.
  const Counters& counters() const noexcept;

 private:
  explicit Machine(std::unique_ptr<MachineImpl> impl) noexcept;
  std::unique_ptr<MachineImpl> impl_;
};

}  // namespace lutgemm::model

#endif  // LUTGEMM_MODEL_MACHINE_HPP_
