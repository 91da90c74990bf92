#include "model/machine/array.h"

#include "base/text.h"
#include "model/isa/operands.h"

#include <bit>

namespace lutgemm::model {
namespace machine {

using base::MakeStatus;

Status CheckArray(const Array& a) {
  const bool shape = std::has_single_bit(a.shape.m) && a.shape.m <= 16 &&
                     std::has_single_bit(a.shape.n) && a.shape.n <= 256 && a.shape.k >= 1 &&
                     a.shape.k <= 8;
  if (!shape) {
    return MakeStatus(Code::kBadArgument, Name(a.shape),
                      " is no shape of lmma: m a power of two to 16, n to 256, k 1 to 8");
  }
  if (a.registers < 1 || a.registers > isa::kMaxRegisters) {
    return MakeStatus(Code::kBadArgument, "there are ", a.registers, " registers, must be 1 to ",
                      isa::kMaxRegisters);
  }
  if (a.scratchpad_bytes < 1 || a.scratchpad_bytes > kMostScratchpad) {
    return MakeStatus(Code::kBadArgument, "the scratchpad has ", a.scratchpad_bytes,
                      " bytes, must have 1 to ", kMostScratchpad);
  }
  return {};
}

}  // namespace machine

Result<Array> ParseArray(std::string_view shape) noexcept {
  return base::Guarded([&]() -> Result<Array> {
    const Result<Shape> parsed = ParseShape(shape);
    if (!parsed.ok()) return parsed.status();
    Array array;
    array.name = Name(*parsed);
    array.shape = *parsed;
    if (Status status = machine::CheckArray(array); !status.ok()) return status;
    return array;
  });
}

}  // namespace lutgemm::model
