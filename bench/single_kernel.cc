#include "bench/single_kernel.h"

#include "base/text.h"
#include "tools/console/lists.h"
#include "tools/measure/random.h"

#include <cstdio>
#include <utility>

namespace lutgemm::bench {
namespace {

using base::Cat;

constexpr LayoutId kLayouts[] = {LayoutId::kPlanes, LayoutId::kTrits, LayoutId::kCodes};

// False, with a line on stderr, where the command line is wrong.
bool ParseFlags(int argc, char** argv, std::vector<Shape>& shapes) {
  constexpr std::string_view kShapes = "--shapes=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag.starts_with(kShapes)) {
      shapes.clear();
      const tools::DimsForm form{"--shapes", "MxNxK", 3};
      for (const auto& dims : tools::ParseDims(std::string(flag.substr(kShapes.size())), form)) {
        shapes.push_back({dims[0], dims[1], dims[2]});
      }
      continue;
    }
    std::fprintf(stderr,
                 "%s: wrong argument '%s'; beside --benchmark_* there is --shapes=MxNxK,...\n",
                 argv[0], argv[i]);
    return false;
  }
  return true;
}

bool SameWeights(const WeightInfo& a, const WeightInfo& b) {
  return a.format == b.format && a.zero == b.zero && a.scale == b.scale && a.n == b.n &&
         a.k == b.k && a.group == b.group;
}

Result<tools::Scratch> Touched(size_t bytes) {
  auto pages = tools::Scratch::Map(bytes);
  if (pages.ok()) std::fill(pages->span().begin(), pages->span().end(), std::byte{});
  return pages;
}

}  // namespace

Problem Case::problem() const {
  Problem problem;
  problem.m = m;
  problem.mode = mode;
  problem.kernel = kernel;
  problem.target = target;
  return problem;
}

std::string Case::Words() const {
  return Cat(kernel, "/", target, "/", Name(info.format), "/", Name(mode));
}

std::vector<Stored> AllStored(size_t n, size_t k) {
  std::vector<Stored> all;
  for (uint8_t id = 1; Name(static_cast<WeightFormat>(id)) != "unknown"; ++id) {
    const WeightInfo info = tools::InfoOf(DefaultSpec(static_cast<WeightFormat>(id)), n, k);
    for (const LayoutId layout : kLayouts) {
      if (PackedBytes(info, layout) != 0) all.push_back({info, layout});
    }
  }
  return all;
}

std::vector<Case> CasesOf(const Stored& stored, size_t m) {
  std::vector<Case> cases;
  const auto weights = tools::PlanOnlyWeights(stored.info, stored.layout);
  if (!weights.ok()) return cases;
  for (const std::string_view target : Targets()) {
    for (const KernelInfo& kernel : Kernels()) {
      for (const Mode mode : {Mode::kFast, Mode::kExact}) {
        const Case one{stored.info, stored.layout, kernel.name, target, mode, m};
        if (MakePlan(*weights, one.problem()).ok()) cases.push_back(one);
      }
    }
  }
  return cases;
}

const QuantizedMatrix* MatrixOf(const WeightInfo& info) {
  static QuantizedMatrix latest;
  if (!SameWeights(latest.info, info)) {
    tools::Random random(1);
    latest = tools::RandomMatrix(info, random);
  }
  return &latest;
}

const PackedWeights* WeightsOf(const WeightInfo& info, LayoutId layout) {
  static PackedWeights latest;
  if (!SameWeights(latest.info(), info) || latest.layout() != layout) {
    auto packed = Pack(*MatrixOf(info), layout);
    if (!packed.ok()) return nullptr;
    latest = *std::move(packed);
  }
  return &latest;
}

Result<std::unique_ptr<Work>> Work::Make(const Case& of) {
  const PackedWeights* weights = WeightsOf(of.info, of.layout);
  if (weights == nullptr) return Status(Code::kOutOfMemory, "no weights");
  auto plan = MakePlan(*weights, of.problem());
  if (!plan.ok()) return plan.status();
  std::unique_ptr<Work> work(new Work(*std::move(plan)));
  tools::Random random(of.m);
  work->acts_ = tools::RandomActs(of.m * of.info.k, random);
  auto tables = Touched(work->plan_.table_bytes());
  auto out = Touched(of.m * of.info.n * sizeof(float));
  auto workspace = Touched(work->plan_.workspace_bytes());
  for (const auto* pages : {&tables, &out, &workspace}) {
    if (!pages->ok()) return pages->status();
  }
  work->tables_ = *std::move(tables);
  work->out_ = *std::move(out);
  work->workspace_ = *std::move(workspace);
  if (Status status = work->BuildTables(); !status.ok()) return status;
  return work;
}

bool Repeat(benchmark::State& state, const std::function<Status()>& call) {
  for ([[maybe_unused]] auto _ : state) {
    if (const Status status = call(); !status.ok()) {
      state.SkipWithError(status.text().c_str());
      return false;
    }
  }
  return true;
}

void CountGiga(benchmark::State& state, const char* name, double amount) {
  state.counters[name] =
      benchmark::Counter(amount * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

int Main(int argc, char** argv, std::vector<Shape> shapes, Register register_all) {
  benchmark::Initialize(&argc, argv);
  try {
    if (!ParseFlags(argc, argv, shapes)) return 2;
  } catch (const CLI::Error& error) {
    std::fprintf(stderr, "%s: %s; wanted is --shapes=MxNxK,...\n", argv[0], error.what());
    return 2;
  }
  register_all(shapes);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace lutgemm::bench
