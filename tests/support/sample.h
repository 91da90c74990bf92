// Part of a test's cases, where all take long: on emulated processors and under sanitizers.
// sanitizers.
#ifndef LUTGEMM_SUPPORT_SAMPLE_H_
#define LUTGEMM_SUPPORT_SAMPLE_H_

#include "base/splitmix.h"

#include <cstdlib>

namespace lutgemm::test {

// Whether to do the next case: one of N, the same ones in every run, where the environment variable
// LUTGEMM_TEST_SAMPLE is a number N; all without it.
inline bool Sampled() {
  static const char* const text = std::getenv("LUTGEMM_TEST_SAMPLE");
  static const unsigned long every = text == nullptr ? 1 : std::strtoul(text, nullptr, 10);
  static base::SplitMix64 random(1);
  return every < 2 || random.Bits() % every == 0;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_SUPPORT_SAMPLE_H_
