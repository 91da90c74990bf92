// Every choice by cost, for the cores, targets and usual products: what tests/plan/choice_pins.csv
// pins.
#ifndef LUTGEMM_BENCH_COSTS_PINS_H_
#define LUTGEMM_BENCH_COSTS_PINS_H_

namespace lutgemm::bench {

// A line per core, target, weights and mode: at which numbers of tokens from 1 to 512 the kernel
// changes, and to which.
void PrintPins();

}  // namespace lutgemm::bench

#endif  // LUTGEMM_BENCH_COSTS_PINS_H_
