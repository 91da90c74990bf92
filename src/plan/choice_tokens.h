// How finely the choice of a kernel tells numbers of tokens apart.
#ifndef LUTGEMM_PLAN_CHOICE_TOKENS_H_
#define LUTGEMM_PLAN_CHOICE_TOKENS_H_

#include <bit>
#include <cstddef>

namespace lutgemm::plan {

// Up to so many tokens each number is chosen for by itself; beyond, those of an eighth of an octave
// are one. So what all numbers up to millions choose is known from a few hundred choices.
inline constexpr size_t kChoiceExact = 128;

// The least of the numbers that are chosen for together with m.
constexpr size_t ChoiceTokens(size_t m) {
  if (m <= kChoiceExact) return m;
  const int low = std::bit_width(m) - 4;
  return m >> low << low;
}
// The largest of them.
constexpr size_t LastOfSameChoice(size_t m) {
  if (m < kChoiceExact) return m;
  const int low = std::bit_width(m) - 4;
  return ((m >> low) + 1) * (size_t{1} << low) - 1;
}

}  // namespace lutgemm::plan

#endif  // LUTGEMM_PLAN_CHOICE_TOKENS_H_
