#include "bench/costs/records.h"

#include "tools/console/options.h"
#include "tools/console/report.h"

#include <fmt/core.h>

#include <istream>
#include <sstream>

namespace lutgemm::bench {
namespace {

constexpr std::string_view kLevels[plan::kLevelCount] = {"L2", "L3", "DRAM"};
constexpr size_t kColumns = 15;

template <class T>
T OrThrow(Result<T> result) {
  if (!result.ok()) throw std::invalid_argument(result.status().text());
  return *std::move(result);
}

Record Parse(const std::vector<std::string>& cell) {
  if (cell.size() != kColumns) throw std::invalid_argument("not 15 columns");
  Record record{cell[0], cell[1], cell[2], {}, 0, Mode::kFast, 1, plan::Level::kL2, 0.0, 0.0};
  record.threads = std::stoul(cell[11]);
  record.level = ParseLevel(cell[12]);
  record.ns = std::stod(cell[13]);
  record.spread = std::stod(cell[14]);
  if (record.kernel == kCacheFact || record.kernel == kReadFact) return record;
  record.info.format = OrThrow(ParseWeightFormat(cell[3]));
  record.info.scale = OrThrow(ParseElem(cell[4]));
  record.info.zero = OrThrow(ParseZeroKind(cell[5]));
  record.info.group = tools::ParseGroup(cell[6]);
  record.info.n = std::stoul(cell[7]);
  record.info.k = std::stoul(cell[8]);
  record.m = std::stoul(cell[9]);
  record.mode = OrThrow(tools::ParseMode(cell[10]));
  return record;
}

}  // namespace

plan::Level ParseLevel(const std::string& name) {
  for (size_t i = 0; i < plan::kLevelCount; ++i) {
    if (name == kLevels[i]) return static_cast<plan::Level>(i);
  }
  throw std::invalid_argument("no level '" + name + "'");
}

std::string_view Name(plan::Level level) { return kLevels[static_cast<size_t>(level)]; }

std::string RecordTitles() {
  return "core,target,kernel,format,scale,zero,group,n,k,m,mode,threads,level,ns,spread";
}

std::string ToText(const Record& r) {
  if (r.kernel == kCacheFact || r.kernel == kReadFact) {
    return fmt::format("{},-,{},-,-,-,-,-,-,-,-,{},{},{:.5g},0", r.core, r.kernel, r.threads,
                       Name(r.level), r.ns);
  }
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{:.0f},{:.3f}", r.core, r.target,
                     r.kernel, Name(r.info.format), Name(r.info.scale), Name(r.info.zero),
                     tools::GroupText(r.info.group), r.info.n, r.info.k, r.m, Name(r.mode),
                     r.threads, Name(r.level), r.ns, r.spread);
}

Result<std::vector<Record>> ReadRecords(std::istream& in) {
  std::vector<Record> records;
  std::string line;
  for (size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#' || line == RecordTitles()) continue;
    try {
      records.push_back(Parse(tools::SplitList(line)));
    } catch (const std::exception& error) {
      return Status(Code::kCorruptFile, fmt::format("line {}: {}: {}", number, error.what(), line));
    }
  }
  return records;
}

plan::CostFacts CostFactsOf(const Record& record, LayoutId layout, const CpuFacts& caches) {
  Problem problem;
  problem.m = record.m, problem.mode = record.mode;
  plan::Machine machine;
  machine.l2_bytes = caches.l2_bytes, machine.l3_bytes = caches.l3_bytes;
  machine.parts = record.target == "AVX3_DL";
  plan::CostFacts cost = plan::FactsOf({record.info, layout}, problem, machine).cost;
  cost.n = record.info.n;
  cost.weight_bytes = PackedBytes(record.info, layout);
  return cost;
}

}  // namespace lutgemm::bench
