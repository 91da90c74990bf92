// Small random choices.
#ifndef LUTGEMM_ORACLE_DRAW_H_
#define LUTGEMM_ORACLE_DRAW_H_

#include "oracle/numbers.h"
#include "support/random.h"

#include <cstddef>
#include <vector>

namespace lutgemm::oracle {

template <class T, size_t kCount>
T OneOf(const T (&values)[kCount], test::Random& random) {
  return values[random.Below(kCount)];
}

inline bool Chance(unsigned percent, test::Random& random) { return random.Below(100) < percent; }

// Numbers between low and high that `elem` stores exactly.
inline std::vector<float> Fill(size_t count, test::Random& random, Elem elem, double low,
                               double high) {
  std::vector<float> values(count);
  for (float& v : values) {
    v = Rounded(static_cast<float>(low + (high - low) * random.Unit()), elem);
  }
  return values;
}

}  // namespace lutgemm::oracle

#endif  // LUTGEMM_ORACLE_DRAW_H_
