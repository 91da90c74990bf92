#include "tools/calibration.h"

#include "kernels/calibrate.h"
#include "tools/scratch.h"
#include "tools/timing.h"

#include <lutgemm/plan.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace lutgemm::tools {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kDotTurns = 25000;  // about a millisecond
constexpr size_t kLine = 64;

struct ReadWork {
  const std::byte* data;
  size_t bytes, parts;
  uint64_t* sums;  // a cache line per part
};

void ReadPart(void* context, size_t part) {
  const auto& work = *static_cast<const ReadWork*>(context);
  const size_t pages = (work.bytes + kPage - 1) / kPage;
  const size_t begin = pages * part / work.parts * kPage;
  const size_t end = std::min(work.bytes, pages * (part + 1) / work.parts * kPage);
  work.sums[part * kLine / sizeof(uint64_t)] += kernels::ReadAll(work.data + begin, end - begin);
}

struct DotWork {
  uint64_t* macs;  // a cache line per part
  int32_t* sums;
};

void DotPart(void* context, size_t part) {
  const auto& work = *static_cast<const DotWork*>(context);
  work.sums[part * kLine / sizeof(int32_t)] +=
      kernels::DotAll(kDotTurns, &work.macs[part * kLine / sizeof(uint64_t)]) & 1;
}

double ReadRate(const Scratch& buffer, double min_seconds, Threads* threads) {
  const size_t parts = threads != nullptr ? threads->count() : 1;
  std::vector<uint64_t> sums(parts * kLine / sizeof(uint64_t));
  ReadWork work{buffer.data(), buffer.size(), parts, sums.data()};
  const double seconds = TimeCalls({min_seconds, 5, 1}, [&](size_t) {
    if (threads != nullptr) return threads->ParallelFor(parts, &ReadPart, &work);
    ReadPart(&work, 0);
  });
  return double(buffer.size()) / seconds * 1e-9;
}

double DotRate(double min_seconds, Threads* threads) {
  const size_t parts = threads != nullptr ? threads->count() : 1;
  std::vector<uint64_t> macs(parts * kLine / sizeof(uint64_t));
  std::vector<int32_t> sums(parts * kLine / sizeof(int32_t));
  DotWork work{macs.data(), sums.data()};
  size_t calls = 0;
  const double seconds = TimeCalls({min_seconds, 5, 1}, [&](size_t) {
    ++calls;
    if (threads != nullptr) return threads->ParallelFor(parts, &DotPart, &work);
    DotPart(&work, 0);
  });
  uint64_t all = 0;
  for (const uint64_t part : macs) all += part;
  return double(all) / double(calls) / seconds * 1e-9;
}

// One core, the run's threads and all cores, each measured once.
template <class Measure>
Rates MeasureRates(Threads* run, Threads* all, const Measure& measure) {
  Rates rates;
  rates.one_core = measure(nullptr);
  const size_t run_count = run != nullptr ? run->count() : 1;
  rates.run = run_count == 1 ? rates.one_core : measure(run);
  if (all->count() == run_count) {
    rates.all_cores = rates.run;
  } else {
    rates.all_cores = all->count() == 1 ? rates.one_core : measure(all);
  }
  return rates;
}

Rates Best(const Rates& a, const Rates& b) {
  return {std::max(a.one_core, b.one_core), std::max(a.run, b.run),
          std::max(a.all_cores, b.all_cores)};
}

}  // namespace

Result<Calibration> Calibrate(const CalibrationSpec& spec, Threads* threads) {
  const Result<std::unique_ptr<Threads>> all = MakeThreads(0);
  if (!all.ok()) return all.status();
  const Result<Scratch> buffer = Scratch::Map(std::max(spec.working_set, kPage));
  if (!buffer.ok()) return buffer.status();
  std::memset(buffer->data(), 1, buffer->size());
  Calibration calibration;
  calibration.read_gbps = MeasureRates(
      threads, all->get(), [&](Threads* on) { return ReadRate(*buffer, spec.min_seconds, on); });
  calibration.dot_peak_gmacs =
      MeasureRates(threads, all->get(), [&](Threads* on) { return DotRate(spec.min_seconds, on); });
  return calibration;
}

Calibration Best(const Calibration& a, const Calibration& b) {
  return {Best(a.read_gbps, b.read_gbps), Best(a.dot_peak_gmacs, b.dot_peak_gmacs)};
}

}  // namespace lutgemm::tools
