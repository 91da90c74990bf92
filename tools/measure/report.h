// What a run of benchmarks found, as the JSON document that `lutgemm bench --json` prints and
// bench/report reads.
#ifndef LUTGEMM_TOOLS_MEASURE_REPORT_H_
#define LUTGEMM_TOOLS_MEASURE_REPORT_H_

#include "tools/console/report.h"
#include "tools/measure/calibration.h"
#include "tools/measure/producer.h"
#include "tools/measure/product.h"

#include <lutgemm/types.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lutgemm::tools {

struct BenchSettings {
  size_t threads = 1;
  size_t working_set_mib = 64;
  Elem act = Elem::kF32;
  uint32_t block = 0;
  uint32_t act_bfp = 0;
  double min_time_ms = 300;
  uint64_t seed = 1;
  std::string command;  // as it was typed

  size_t working_set() const { return working_set_mib << 20; }
  TimeSpec time() const { return {min_time_ms / 1000.0, 5, 1}; }
};

struct BenchReport {
  BenchSettings settings;
  Calibration calibration;
  std::vector<BenchResult> results;
  std::vector<ProducerResult> producers;  // instead of results, with --producer
};

// bench/README.md explains every key.
Json ToJson(const BenchReport& report);

// The same for people.
void Print(const BenchReport& report);

// "g++ 12.2.0"
std::string CompilerText();

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MEASURE_REPORT_H_
