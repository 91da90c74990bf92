#include "model/lower/emitter.h"

#include "base/text.h"

namespace lutgemm::model::lower {

using isa::Field;
using isa::Op;

void Emitter::Emit(Op op, Values values) {
  isa::Instruction instruction;
  instruction.op = op;
  for (const auto& [field, value] : values) {
    if (value != static_cast<int32_t>(value) && status_.ok()) {
      status_ = base::MakeStatus(Code::kBadShape, isa::SpecOf(op).name, ": ", isa::Name(field),
                                 " cannot be ", value);
    }
    instruction[field] = static_cast<int32_t>(value);
  }
  const Result<uint64_t> word = isa::Encode(instruction);
  if (!word.ok() && status_.ok()) status_ = word.status();
  words_.push_back(word.ok() ? *word : 0);
}

void Emitter::Li(int scalar, size_t value) {
  Emit(Op::kLi, {{Field::kSd, scalar}, {Field::kImm, static_cast<int64_t>(value)}});
}

void Emitter::Add(int scalar, int from, int64_t value) {
  Emit(Op::kAddi, {{Field::kSd, scalar}, {Field::kSa, from}, {Field::kImm, value}});
}

void Emitter::CopyIn(size_t scratchpad, int global, size_t global_offset, size_t length) {
  Li(kTo, scratchpad);
  Add(kFrom, global, static_cast<int64_t>(global_offset));
  Emit(Op::kCpin,
       {{Field::kSd, kTo}, {Field::kSa, kFrom}, {Field::kLength, static_cast<int64_t>(length)}});
}

void Emitter::CopyOut(int global, size_t global_offset, size_t scratchpad, size_t length) {
  Add(kTo, global, static_cast<int64_t>(global_offset));
  Li(kFrom, scratchpad);
  Emit(Op::kCpout,
       {{Field::kSd, kTo}, {Field::kSa, kFrom}, {Field::kLength, static_cast<int64_t>(length)}});
}

void Emitter::Zero(size_t first, size_t count) {
  Emit(Op::kZero,
       {{Field::kRd, static_cast<int64_t>(first)}, {Field::kLength, static_cast<int64_t>(count)}});
}

void Emitter::Load(size_t first, int scalar, size_t offset, size_t length) {
  Emit(Op::kLd, {{Field::kRd, static_cast<int64_t>(first)},
                 {Field::kSa, scalar},
                 {Field::kOffset, static_cast<int64_t>(offset)},
                 {Field::kLength, static_cast<int64_t>(length)}});
}

void Emitter::Store(size_t first, int scalar, size_t offset, size_t length) {
  Emit(Op::kSt, {{Field::kRd, static_cast<int64_t>(first)},
                 {Field::kSa, scalar},
                 {Field::kOffset, static_cast<int64_t>(offset)},
                 {Field::kLength, static_cast<int64_t>(length)}});
}

}  // namespace lutgemm::model::lower
