#include "bench/single_row.h"

#include "base/text.h"
#include "tools/random.h"

#include <charconv>
#include <cstdio>
#include <utility>

namespace lutgemm::bench {
namespace {

using base::Cat;

constexpr LayoutId kLayouts[] = {LayoutId::kPlanes, LayoutId::kTrits, LayoutId::kCodes};

// "8x4096x4096"; false where it is anything else.
bool ParseShape(std::string_view text, Shape& shape) {
  for (size_t* value : {&shape.m, &shape.n, &shape.k}) {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
    if (error != std::errc() || *value == 0) return false;
    text.remove_prefix(static_cast<size_t>(stop - text.data()));
    if (value != &shape.k && !text.starts_with('x')) return false;
    if (value != &shape.k) text.remove_prefix(1);
  }
  return text.empty();
}

bool ParseShapes(std::string_view text, std::vector<Shape>& shapes) {
  shapes.clear();
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    Shape shape;
    if (!ParseShape(text.substr(0, end), shape)) return false;
    shapes.push_back(shape);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return !shapes.empty();
}

// False, with a line on stderr, where the command line is wrong.
bool ParseFlags(int argc, char** argv, std::vector<Shape>& shapes) {
  constexpr std::string_view kShapes = "--shapes=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag.starts_with(kShapes) && ParseShapes(flag.substr(kShapes.size()), shapes)) continue;
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
  problem.row = row;
  problem.target = target;
  return problem;
}

std::string Case::Words() const {
  return Cat(row, "/", target, "/", Name(info.format), "/", Name(mode));
}

std::vector<Stored> AllStored(size_t n, size_t k) {
  std::vector<Stored> all;
  for (uint8_t id = 1; Name(static_cast<WeightFormat>(id)) != "unknown"; ++id) {
    const QuantSpec spec = DefaultSpec(static_cast<WeightFormat>(id));
    WeightInfo info;
    info.format = spec.format;
    info.zero = spec.zero;
    info.scale = spec.scale;
    info.n = n;
    info.k = k;
    info.group = spec.group;
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
    for (const RowInfo& row : Rows()) {
      for (const Mode mode : {Mode::kFast, Mode::kExact}) {
        const Case one{stored.info, stored.layout, row.name, target, mode, m};
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
  if (!ParseFlags(argc, argv, shapes)) return 2;
  register_all(shapes);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace lutgemm::bench
