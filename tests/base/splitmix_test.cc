#include "base/splitmix.h"

#include <doctest/doctest.h>

#include <cstdint>

TEST_CASE("SplitMix64 gives its reference vector") {
  lutgemm::base::SplitMix64 random(1234567);
  constexpr uint64_t kWant[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                4593380528125082431u, 16408922859458223821u};
  for (const uint64_t want : kWant) CHECK(random.Bits() == want);
}
