// How work is divided: plans run with kernels that only note what they are called for, so that the
// slices of 64 threads can be counted on any machine.
#include "impl_kit.h"
#include "layout/layout.h"
#include "support/case.h"
#include "support/run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lutgemm {
namespace {

constexpr size_t kMostThreads = 64;
constexpr size_t kLine = 64;

// What the kernels below were called for, by slice.
struct Record {
  size_t slice = 0;
  std::vector<size_t> items, units;    // of each slice
  std::vector<uint8_t> output_writes;  // [token][output]
  std::vector<uint8_t> block_builds;   // [token][block]
  // Slice that wrote a cache line, plus one; kShared where there were two.
  static constexpr uint8_t kShared = 255;
  std::vector<uint8_t> output_lines, table_lines;

  // Set by the test.
  const std::byte* out = nullptr;
  size_t n = 0, out_stride_bytes = 0, elem = 0;
};
Record record;

void Touch(std::vector<uint8_t>& lines, size_t begin, size_t end) {
  const auto me = static_cast<uint8_t>(record.slice + 1);
  for (size_t line = begin / kLine; line <= (end - 1) / kLine; ++line) {
    uint8_t& owner = lines[line];
    owner = owner == 0 || owner == me ? me : Record::kShared;
  }
}

void NotePrep(const kernels::PackActArgs& args, size_t begin, size_t end) {
  ++record.units[record.slice];
  const kernels::BlockGrid& grid = args.grid;
  for (size_t b = begin; b < end; ++b) ++record.block_builds[args.token * grid.blocks + b];
  // Groups are whole multiples of blocks in these plans, so that block b begins at step b * steps.
  const size_t bytes = args.out.token_bytes / grid.steps;  // per step
  const size_t first = args.token * args.out.token_bytes;
  Touch(record.table_lines, first + begin * grid.block_steps * bytes,
        first + std::min(end * grid.block_steps, grid.steps) * bytes);
}

void NoteLookup(const kernels::KernelArgs& args) {
  ++record.items[record.slice];
  kernels::StoreTokens(args, args.token_begin, args.token_end - args.token_begin);
}

void NoteStore(const kernels::StoreArgs& args) {
  for (size_t t = 0; t < args.tokens; ++t) {
    const auto begin = static_cast<size_t>(args.out - record.out) + t * args.out_stride;
    const size_t token = begin / record.out_stride_bytes;
    const size_t first = begin % record.out_stride_bytes / record.elem;
    for (size_t o = 0; o < args.count; ++o) ++record.output_writes[token * record.n + first + o];
    Touch(record.output_lines, begin, begin + args.count * record.elem);
  }
}

// The target of `plan` with its functions replaced.
kernels::TargetKernels NotingTarget(const PlanImpl& plan) {
  kernels::TargetKernels target = *plan.choice.target;
  target.pack_act.fill(&NotePrep);
  target.kernel.fill(&NoteLookup);
  target.store = &NoteStore;
  return target;
}

// Runs the parts of a parallel loop one after the other.
class InTurn : public Threads {
 public:
  explicit InTurn(size_t count) : count_(count) {}
  size_t count() const noexcept override { return count_; }
  void ParallelFor(size_t count, void (*task)(void*, size_t), void* context) noexcept override {
    for (record.slice = 0; record.slice < count; ++record.slice) task(context, record.slice);
  }

 private:
  size_t count_;
};

struct Shape {
  WeightFormat format;
  uint32_t group;
  size_t m, n, k;
  Elem out = Elem::kF32;
  Mode mode = Mode::kFast;
};

PackedWeights WeightsOf(const Shape& shape) {
  test::Random random(31);
  WeightInfo info;
  info.format = shape.format;
  info.n = shape.n;
  info.k = shape.k;
  info.group = shape.group;
  return test::MustPack(test::RandomMatrix(info, random));
}

// A plan of the shape for `threads`, with kernels that note.
class NotingPlan {
 public:
  NotingPlan(const Shape& shape, const PackedWeights& weights, size_t threads)
      : plan_(test::MustPlan(weights, ProblemOf(shape, threads))),
        target_(NotingTarget(PlanImpl::Of(plan_))),
        impl_(test::OnTarget(PlanImpl::Of(plan_), target_)),
        memory_(impl_.memory.workspace_bytes() + impl_.memory.own_table_bytes()),
        out_(shape.m * shape.n * ElemBytes(shape.out)) {
    record = {};
    record.items.resize(threads);
    record.units.resize(threads);
    record.output_writes.resize(shape.m * shape.n);
    record.block_builds.resize(shape.m * impl_.blocking.grid.blocks);
    record.output_lines.resize(shape.m * shape.n * ElemBytes(shape.out) / kLine + 1);
    record.table_lines.resize(shape.m * impl_.memory.tables.token_bytes / kLine);
    record.out = out_.data();
    record.n = shape.n;
    record.elem = ElemBytes(shape.out);
    record.out_stride_bytes = shape.n * record.elem;
  }

  const PlanImpl& impl() const { return impl_; }
  void RunSlices(size_t threads) {
    for (record.slice = 0; record.slice < threads; ++record.slice) {
      const Status status = impl_.RunSlice({out_.data(), nullptr, out_.data(), memory_.span()},
                                           {record.slice, threads});
      REQUIRE_MESSAGE(status.ok(), status.text());
    }
  }
  void BuildTables(size_t threads) {
    InTurn pool(threads);
    REQUIRE(impl_.BuildTables({out_.data(), nullptr}, memory_.span(), &pool).ok());
    // Little work goes to fewer threads; those share it evenly.
    record.units.resize(std::max<size_t>(record.slice, 1));
  }

 private:
  static Problem ProblemOf(const Shape& shape, size_t threads) {
    Problem problem;
    problem.m = shape.m;
    problem.out = shape.out;
    problem.mode = shape.mode;
    problem.threads = threads;
    return problem;
  }

  Plan plan_;
  kernels::TargetKernels target_;
  PlanImpl impl_;
  test::Guarded memory_, out_;
};

size_t Spread(const std::vector<size_t>& counts) {
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  return *most - *least;
}

bool AllOnce(const std::vector<uint8_t>& counts) {
  return std::all_of(counts.begin(), counts.end(), [](uint8_t c) { return c == 1; });
}

size_t SharedLines(const std::vector<uint8_t>& lines) {
  return static_cast<size_t>(std::count(lines.begin(), lines.end(), Record::kShared));
}

constexpr Shape kShapes[] = {
    {WeightFormat::kInt2, 128, 1, 4096, 256},
    {WeightFormat::kInt2, 128, 1, 4096, 256, Elem::kF16},
    {WeightFormat::kInt4, 128, 3, 1024, 4096},
    {WeightFormat::kInt4, 48, 3, 256, 4100},
    {WeightFormat::kTernary, kWholeTensor, 1, 2560, 640},
    {WeightFormat::kTernary, kWholeTensor, 37, 640, 2560, Elem::kBF16},
    {WeightFormat::kInt1, 64, 200, 512, 512},
    {WeightFormat::kInt1, 64, 2100, 64, 512},
    {WeightFormat::kInt3, 128, 513, 256, 256, Elem::kF32, Mode::kExact},
};

// Rows of outputs that are no whole cache lines: neighbours meet in a line, whoever divides them.
constexpr Shape kOddShapes[] = {
    {WeightFormat::kInt2, 128, 1, 1000, 1000},
    {WeightFormat::kInt4, 32, 40, 333, 97},
    {WeightFormat::kTernary, kWholeTensor, 7, 4097, 95},
};

void CheckSlices(const Shape& shape, const PackedWeights& weights, size_t threads, bool lines) {
  NotingPlan plan(shape, weights, threads);
  plan.RunSlices(threads);
  CAPTURE(plan.impl().Explain());
  CHECK(AllOnce(record.output_writes));
  CHECK(AllOnce(record.block_builds));
  CHECK(Spread(record.items) <= 1);
  if (lines) CHECK(SharedLines(record.output_lines) == 0);
}

TEST_CASE("slices write every output once, no cache line together, and share items evenly") {
  for (const Shape& shape : kShapes) {
    const PackedWeights weights = WeightsOf(shape);
    for (size_t threads = 1; threads <= kMostThreads; ++threads) {
      CheckSlices(shape, weights, threads, true);
    }
  }
}

TEST_CASE("slices write every output of odd shapes once") {
  for (const Shape& shape : kOddShapes) {
    const PackedWeights weights = WeightsOf(shape);
    for (size_t threads = 1; threads <= kMostThreads; ++threads) {
      CheckSlices(shape, weights, threads, false);
    }
  }
}

TEST_CASE("threads build every block of tables once, no line of table data together, and evenly") {
  for (const Shape& shape : kShapes) {
    const PackedWeights weights = WeightsOf(shape);
    for (size_t threads = 1; threads <= kMostThreads; ++threads) {
      NotingPlan plan(shape, weights, threads);
      plan.BuildTables(threads);
      CAPTURE(plan.impl().Explain());
      CHECK(AllOnce(record.block_builds));
      CHECK(Spread(record.units) <= 1);
      CHECK(SharedLines(record.table_lines) == 0);
    }
  }
}

TEST_CASE("there is an item for every thread where there are outputs for it") {
  const Shape shape{WeightFormat::kInt2, 128, 1, 8192, 128};
  const PackedWeights weights = WeightsOf(shape);
  for (size_t threads = 1; threads <= kMostThreads; ++threads) {
    NotingPlan plan(shape, weights, threads);
    plan.RunSlices(threads);
    CAPTURE(plan.impl().Explain());
    CHECK(*std::min_element(record.items.begin(), record.items.end()) >= 1);
  }
}

}  // namespace
}  // namespace lutgemm
