#include "tools/measure/calibration.h"

#include "kernels/calibrate.h"
#include "tools/measure/scratch.h"
#include "tools/measure/timing.h"

#include <lutgemm/plan.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace lutgemm::tools {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kDotTurns = 25000;  // about a millisecond
constexpr double kDotTurnsSeconds = 1e-3;
// Of a yardstick's moments: a share of the call's time, and no more memory than shows a rate.
constexpr double kDotShare = 0.25, kLeastDot = 20e-6, kMostDot = 5e-3;
constexpr size_t kMostRead = size_t{8} << 20;
constexpr size_t kLine = 64;

// Distances of prefetching that reading is tried with, and the one that was the fastest when rates
// were last measured: DRAM of an Intel Xeon gives 18.8 GB/s with 1024 and 16.6 with 4096, of others
// the longer one may be better.
constexpr size_t kAheads[] = {1024, 2048, 4096};
std::atomic<size_t> fastest_ahead = 2048;

struct ReadWork {
  std::span<const std::byte> data;
  size_t ahead;
  size_t parts;
  uint64_t* sums;  // a cache line per part
};

void ReadPart(void* context, size_t part) {
  const auto& work = *static_cast<const ReadWork*>(context);
  const size_t pages = (work.data.size() + kPage - 1) / kPage;
  const size_t begin = pages * part / work.parts * kPage;
  const size_t end = std::min(work.data.size(), pages * (part + 1) / work.parts * kPage);
  work.sums[part * kLine / sizeof(uint64_t)] +=
      kernels::ReadAll(work.data.data() + begin, end - begin, work.ahead);
}

struct DotWork {
  size_t turns;
  uint64_t* macs;  // a cache line per part
  int32_t* sums;
};

void DotPart(void* context, size_t part) {
  const auto& work = *static_cast<const DotWork*>(context);
  work.sums[part * kLine / sizeof(int32_t)] +=
      kernels::DotAll(work.turns, &work.macs[part * kLine / sizeof(uint64_t)]) & 1;
}

void RunParts(Threads* threads, void (*part)(void*, size_t), void* work) {
  if (threads != nullptr) return threads->ParallelFor(threads->count(), part, work);
  part(work, 0);
}

size_t Parts(Threads* threads) { return threads != nullptr ? threads->count() : 1; }

void ReadOnce(std::span<const std::byte> data, size_t ahead, Threads* threads) {
  std::vector<uint64_t> sums(Parts(threads) * kLine / sizeof(uint64_t));
  ReadWork work{data, ahead, Parts(threads), sums.data()};
  RunParts(threads, &ReadPart, &work);
}

// How many products were summed.
double DotOnce(size_t turns, Threads* threads) {
  std::vector<uint64_t> macs(Parts(threads) * kLine / sizeof(uint64_t));
  std::vector<int32_t> sums(Parts(threads) * kLine / sizeof(int32_t));
  DotWork work{turns, macs.data(), sums.data()};
  RunParts(threads, &DotPart, &work);
  uint64_t all = 0;
  for (const uint64_t part : macs) all += part;
  return double(all);
}

double ReadRate(const Scratch& buffer, double min_seconds, Threads* threads) {
  const std::span<const std::byte> data = buffer.span();
  double best = 0.0;
  for (const size_t ahead : kAheads) {
    const auto read = [&](size_t) { ReadOnce(data, ahead, threads); };
    const double rate =
        double(data.size()) / TimeCalls({min_seconds / std::size(kAheads), 5, 1}, read) * 1e-9;
    if (rate > best) best = rate, fastest_ahead = ahead;
  }
  return best;
}

double DotRate(double min_seconds, Threads* threads) {
  double macs = 0.0;
  const auto dot = [&](size_t) { macs = DotOnce(kDotTurns, threads); };
  const double seconds = TimeCalls({min_seconds, 5, 1}, dot);
  return macs / seconds * 1e-9;
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

Yardstick::Yardstick(const std::vector<std::span<const std::byte>>& pieces, Threads* threads)
    : threads_(threads) {
  for (const std::span<const std::byte> piece : pieces) {
    for (size_t at = 0; at < piece.size(); at += kMostRead) {
      windows_.push_back(piece.subspan(at, std::min(piece.size() - at, kMostRead)));
    }
  }
  next_ = windows_.size() / 2;
}

void Yardstick::Measure(double seconds) {
  using Clock = std::chrono::steady_clock;
  const double dot_seconds = std::clamp(seconds * kDotShare, kLeastDot, kMostDot);
  const size_t turns = static_cast<size_t>(double(kDotTurns) * dot_seconds / kDotTurnsSeconds) + 1;
  const auto start = Clock::now();
  const double dot_rate = DotOnce(turns, threads_) / SecondsSince(start);
  const std::span<const std::byte> window = windows_[next_++ % windows_.size()];
  const auto begin = Clock::now();
  ReadOnce(window, fastest_ahead, threads_);
  const double read_rate = double(window.size()) / SecondsSince(begin);
  if (started_) {
    rounds_.push_back({seconds, (read_rate_ + read_rate) / 2.0, (dot_rate_ + dot_rate) / 2.0});
  }
  started_ = true;
  read_rate_ = read_rate;
  dot_rate_ = dot_rate;
}

double Yardstick::ReadRatio(double bytes) const {
  std::vector<double> ratios;
  for (const Round& round : rounds_) ratios.push_back(bytes / round.seconds / round.read_rate);
  return Median(std::move(ratios));
}

double Yardstick::DotRatio(double macs) const {
  std::vector<double> ratios;
  for (const Round& round : rounds_) ratios.push_back(macs / round.seconds / round.dot_rate);
  return Median(std::move(ratios));
}

}  // namespace lutgemm::tools
