#include "bench/costs/features.h"

#include "bench/costs/records.h"

#include <fmt/core.h>

#include <map>

namespace lutgemm::bench {
namespace {

// Caches of each core, as its own table tells them.
std::map<std::string, CpuFacts> CachesOf(const std::vector<Record>& records) {
  std::map<std::string, CpuFacts> caches;
  for (const Record& record : records) {
    if (record.kernel != kCacheFact) continue;
    CpuFacts& core = caches[record.core];
    (record.level == plan::Level::kL2 ? core.l2_bytes : core.l3_bytes) = size_t(record.ns);
  }
  return caches;
}

}  // namespace

int PrintFeatures(std::istream& in) {
  const auto records = ReadRecords(in);
  if (!records.ok()) {
    fmt::print(stderr, "costs: {}\n", records.status().text());
    return 1;
  }
  std::map<std::string, CpuFacts> caches = CachesOf(*records);
  fmt::print("{},acts,weights,products,scales,folds,spills,bytes,beside\n", RecordTitles());
  for (const Record& record : *records) {
    const kernels::KernelSpec* kernel = kernels::FindKernel(record.kernel);
    if (kernel == nullptr) {
      fmt::print("{},0,0,0,0,0,0,0,0\n", ToText(record));
      continue;
    }
    const plan::Work work =
        plan::WorkOf(*kernel, CostFactsOf(record, kernel->layout, caches[record.core]));
    fmt::print("{},{:.0f},{:.0f},{:.0f},{:.0f},{:.0f},{:.0f},{:.0f},{:.6f}\n", ToText(record),
               work.acts, work.weights, work.products, work.scales, work.folds, work.spills,
               work.bytes, work.beside);
  }
  return 0;
}

}  // namespace lutgemm::bench
