// Lines of the tables of measurements: one time of one kernel, or one fact of the core.
#ifndef LUTGEMM_BENCH_COSTS_RECORDS_H_
#define LUTGEMM_BENCH_COSTS_RECORDS_H_

#include "plan/choice/choose.h"

#include <lutgemm/plan.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace lutgemm::bench {

// In `kernel` instead of a kernel's name: ns is a cache's bytes, or what reading a byte takes.
inline constexpr std::string_view kCacheFact = "cache", kReadFact = "read";

struct Record {
  std::string core, target, kernel;
  WeightInfo info;
  size_t m = 0;
  Mode mode = Mode::kFast;
  size_t threads = 1;
  plan::Level level = plan::Level::kL2;
  double ns = 0.0;
  double spread = 0.0;
};

std::string_view Name(plan::Level level);
// Throws std::invalid_argument where there is none of that name.
plan::Level ParseLevel(const std::string& name);

// "core,target,kernel,...": the first line.
std::string RecordTitles();
std::string ToText(const Record& record);
// Every line but the first and those that start with '#'. An error names the line.
Result<std::vector<Record>> ReadRecords(std::istream& in);

// Of the product that was timed, on a machine with these caches.
plan::CostFacts CostFactsOf(const Record& record, LayoutId layout, const CpuFacts& caches);

}  // namespace lutgemm::bench

#endif  // LUTGEMM_BENCH_COSTS_RECORDS_H_
