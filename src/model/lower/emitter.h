// Writes programs: instructions, loops, addresses.
#ifndef LUTGEMM_MODEL_LOWER_EMITTER_H_
#define LUTGEMM_MODEL_LOWER_EMITTER_H_

#include "model/isa/encode.h"

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace lutgemm::model::lower {

class Emitter {
 public:
  using Values = std::initializer_list<std::pair<isa::Field, int64_t>>;

  // A value that does not fit its field makes status() fail and the program useless.
  void Emit(isa::Op op, Values values);

  void Li(int scalar, size_t value);
  void Add(int scalar, int from, int64_t value);
  void Advance(int scalar, size_t value) { Add(scalar, scalar, static_cast<int64_t>(value)); }
  // Copies into the scratchpad at a fixed address, or out of it; uses the scratch scalars below.
  void CopyIn(size_t scratchpad, int global, size_t global_offset, size_t length);
  void CopyOut(int global, size_t global_offset, size_t scratchpad, size_t length);
  void Fence() { Emit(isa::Op::kFence, {}); }
  void Zero(size_t first, size_t count);
  void Load(size_t first, int scalar, size_t offset, size_t length);
  void Store(size_t first, int scalar, size_t offset, size_t length);
  void Halt() { Emit(isa::Op::kHalt, {}); }

  // body() `count` times, counted down in `scalar` where it is more than once.
  template <class Body>
  void Loop(int scalar, size_t count, const Body& body) {
    if (count == 0) return;
    if (count == 1) return body();
    Li(scalar, count);
    const size_t begin = words_.size();
    body();
    Add(scalar, scalar, -1);
    const auto distance = static_cast<int64_t>(begin) - static_cast<int64_t>(words_.size());
    Emit(isa::Op::kBne,
         {{isa::Field::kSa, scalar}, {isa::Field::kSb, 0}, {isa::Field::kTarget, distance}});
  }

  const Status& status() const { return status_; }
  std::vector<uint64_t> Take() { return std::move(words_); }

  // Scalars that the emitter itself uses.
  static constexpr int kFrom = 30, kTo = 31;

 private:
  std::vector<uint64_t> words_;
  Status status_;
};

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_EMITTER_H_
