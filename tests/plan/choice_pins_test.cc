// Which kernel a plan takes. choice_pins.csv has every choice for usual products; `costs pins` of
// bench/costs prints it.
#include "format/group_text.h"
#include "plan/choice_kit.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace lutgemm {
namespace {

using kernels::KernelSpec;
using plan::CoreId;
using plan::Machine;
using test::FactsOf;
using test::Kernel;
using test::Take;

TEST_CASE("a wish that can run comes first, whatever it costs; what would have is the runner-up") {
  const Machine machine = plan::PinnedMachine(CoreId::kXeon, "AVX3_DL");
  const WeightInfo info = test::FormatInfo(WeightFormat::kInt2, 4096, 4096);
  const auto facts = FactsOf(info, LayoutId::kPlanes, Problem(), machine);
  const auto free = ChooseKernel(facts);
  CHECK(free.reason == plan::Reason::kCost);
  CHECK(free.best.ns > 0);
  CHECK(free.best.ns <= free.runner_up.ns);
  const KernelSpec& slow = Kernel("dot_gemm_planes_b2");
  const auto forced = ChooseKernel(facts, &slow);
  CHECK(forced.best.kernel == &slow);
  CHECK(forced.best.ns > free.best.ns);
  CHECK(forced.reason == plan::Reason::kForced);
  CHECK(forced.runner_up.kernel == free.best.kernel);
  const auto measured = ChooseKernel(facts, &slow, plan::Reason::kMeasured);
  CHECK(measured.reason == plan::Reason::kMeasured);
  const auto impossible = ChooseKernel(facts, &Kernel("dot_gemm_codes"));
  CHECK(impossible.best.kernel == free.best.kernel);
  CHECK(impossible.reason == plan::Reason::kCost);
}

TEST_CASE("kernels of which nothing is known come last, in the order of rows") {
  Machine machine = plan::PinnedMachine(CoreId::kXeon, "AVX2");
  const WeightInfo info = test::FormatInfo(WeightFormat::kInt2, 4096, 4096);
  Problem problem;
  problem.m = 8;
  const std::string_view usual = Take(info, LayoutId::kPlanes, problem, machine);
  machine.kernels.set();
  CHECK(Take(info, LayoutId::kPlanes, problem, machine) == usual);
  machine.kernels = {};
  for (const char* name : {"dot_small_m_planes_b2", "lut5_gemm_fast_b2", "lut4_gemm_fast_b2"}) {
    machine.kernels[static_cast<size_t>(Kernel(name).id)] = true;
  }
  CHECK(Take(info, LayoutId::kPlanes, problem, machine) == "lut4_gemm_fast_b2");
}

TEST_CASE("neither threads nor what a call reads and writes change the choice") {
  const Machine machine = plan::PinnedMachine(CoreId::kZen5, "AVX3_DL");
  const WeightInfo info = test::FormatInfo(WeightFormat::kInt3, 4096, 4096);
  for (size_t m = 1; m <= 64; ++m) {
    Problem problem;
    problem.m = m;
    const std::string_view one = Take(info, LayoutId::kPlanes, problem, machine);
    problem.threads = 8, problem.act = Elem::kBF16, problem.out = Elem::kF16;
    CHECK(Take(info, LayoutId::kPlanes, problem, machine) == one);
  }
}

std::vector<std::string> Split(const std::string& line, char at) {
  std::vector<std::string> pieces;
  std::istringstream in(line);
  for (std::string piece; std::getline(in, piece, at);) pieces.push_back(piece);
  return pieces;
}

CoreId CoreCalled(const std::string& name) {
  for (const CoreId core : {CoreId::kXeon, CoreId::kZen4, CoreId::kZen5}) {
    if (Name(core) == name) return core;
  }
  FAIL("no core is called ", name);
  return {};
}

void CheckPins(const std::string& line) {
  const auto cell = Split(line, ',');
  REQUIRE(cell.size() == 10);
  const Machine machine = plan::PinnedMachine(CoreCalled(cell[0]), cell[1]);
  WeightInfo info =
      test::FormatInfo(*ParseWeightFormat(cell[2]), std::stoul(cell[7]), std::stoul(cell[8]));
  info.group = *format::ReadGroup(cell[3]), info.zero = *ParseZeroKind(cell[4]);
  Problem problem;
  problem.mode = cell[6] == "exact" ? Mode::kExact : Mode::kFast;
  std::string before;
  for (const std::string& change : Split(cell[9], ' ')) {
    const auto pin = Split(change, ':');
    REQUIRE(pin.size() == 2);
    problem.m = std::stoul(pin[0]);
    CHECK(Take(info, *ParseLayout(cell[5]), problem, machine) == pin[1]);
    if (--problem.m > 0) CHECK(Take(info, *ParseLayout(cell[5]), problem, machine) == before);
    before = pin[1];
  }
  problem.m = 512;
  CHECK(Take(info, *ParseLayout(cell[5]), problem, machine) == before);
}

TEST_CASE("choices on every core and target are those of choice_pins.csv") {
  std::ifstream in(LUTGEMM_TEST_DIR "/plan/choice_pins.csv");
  REQUIRE(in.good());
  std::string line;
  std::getline(in, line);  // titles
  size_t lines = 0;
  for (; std::getline(in, line); ++lines) {
    CAPTURE(line);
    CheckPins(line);
  }
  CHECK(lines > 100);
}

// What was measured on a Zen 5 (docs/kernels.md): lookups there issue beside products.
TEST_CASE("Zen 5 takes lookups where they were measured to be faster") {
  const Machine machine = plan::PinnedMachine(CoreId::kZen5, "AVX3_DL");
  const auto method = [&](WeightFormat format, LayoutId layout, Mode mode, size_t m) {
    Problem problem;
    problem.mode = mode, problem.m = m;
    const std::string_view name =
        Take(test::FormatInfo(format, 4096, 4096), layout, problem, machine);
    return std::string(name.substr(0, name.find('_')));
  };
  for (const size_t m : {1, 2, 8, 64, 512}) {
    CAPTURE(m);
    CHECK(method(WeightFormat::kInt1, LayoutId::kPlanes, Mode::kFast, m) == "lut4");
    CHECK(method(WeightFormat::kInt1, LayoutId::kPlanes, Mode::kExact, m) == "lut4");
    if (m > 1) CHECK(method(WeightFormat::kInt2, LayoutId::kPlanes, Mode::kExact, m) == "dot");
  }
  for (const size_t m : {2, 3, 4, 8, 16}) {
    CHECK(method(WeightFormat::kInt3, LayoutId::kPlanes, Mode::kFast, m) == "lut4");
  }
  CHECK(method(WeightFormat::kInt3, LayoutId::kPlanes, Mode::kFast, 128) == "dot");
  CHECK(method(WeightFormat::kInt2, LayoutId::kPlanes, Mode::kFast, 512) == "lut5");
  CHECK(method(WeightFormat::kTernary, LayoutId::kTrits, Mode::kFast, 4) == "ternary5");
  CHECK(method(WeightFormat::kTernary, LayoutId::kTrits, Mode::kFast, 64) == "ternary3");
  CHECK(method(WeightFormat::kTernary, LayoutId::kTrits, Mode::kExact, 4) == "ternary5");
  CHECK(method(WeightFormat::kTernary, LayoutId::kTrits, Mode::kExact, 64) == "dot");
}

}  // namespace
}  // namespace lutgemm
