// Every legal instruction, up to registers and immediates, for tests.
#ifndef LUTGEMM_TESTS_MODEL_ISA_KIT_H_
#define LUTGEMM_TESTS_MODEL_ISA_KIT_H_

#include "model/isa/encode.h"
#include "support/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace lutgemm::test {

// Values of a field: all where they are few, ends and random ones otherwise.
inline std::vector<int64_t> SomeValues(const model::isa::FieldSpec& field, Random& random) {
  using model::isa::Kind;
  std::vector<int64_t> values;
  if (field.width() <= 4) {
    for (int64_t v = 0; v <= int64_t{1} << 16; v = v < 32 ? v + 1 : 2 * v) {
      if (model::isa::Fits(field, v)) values.push_back(v);
    }
    return values;
  }
  const int64_t count = int64_t{1} << field.width();
  const bool is_signed =
      field.kind == Kind::kSigned || field.kind == Kind::kOffset || field.kind == Kind::kTarget;
  const int64_t low = is_signed ? -count / 2 : 0;
  const auto at = [&] { return low + static_cast<int64_t>(random.Bits() % uint64_t(count)); };
  for (const int64_t v :
       {low, low + 1, low + count - 1, low + count / 2, low + count, at(), at()}) {
    if (model::isa::Fits(field, v)) values.push_back(v);
  }
  return values;
}

// Calls f for all combinations of types and shapes; registers and immediates vary along.
template <class F>
void ForEachLegal(const F& f) {
  Random random(11);
  for (const auto& spec : model::isa::Instructions()) {
    std::vector<std::vector<int64_t>> values;
    size_t most = 1, small = 1;
    for (const auto& field : spec.fields) {
      values.push_back(SomeValues(field, random));
      if (field.width() <= 4) small *= values.back().size();
      most = std::max(most, values.back().size());
    }
    for (size_t number = 0; number < small * most; ++number) {
      model::isa::Instruction instruction;
      instruction.op = spec.op;
      size_t rest = number;
      for (size_t i = 0; i < values.size(); ++i) {
        const bool few = spec.fields[i].width() <= 4;
        const size_t pick = few ? rest % values[i].size() : (number + i) % values[i].size();
        if (few) rest /= values[i].size();
        instruction[spec.fields[i].field] = static_cast<int32_t>(values[i][pick]);
      }
      if (model::isa::IsLegalCombination(instruction)) f(instruction);
    }
  }
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_MODEL_ISA_KIT_H_
