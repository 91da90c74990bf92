// Tiles, allocation, machines, and what cannot be compiled.
#include "model/lower/tiles.h"

#include "model/isa/encode.h"
#include "model/lower/kit.h"

using namespace lutgemm;
using namespace lutgemm::model;
using namespace lutgemm::model::lower;

namespace {

constexpr WeightFormat kFormat = WeightFormat::kInt2;

CompiledGemm Compiled(size_t m, size_t n, size_t k, const Array& target = {},
                      uint32_t group = kWholeRow) {
  return test::MustCompile({.m = m}, test::Info(kFormat, n, k, group), target);
}

Status Refused(const GemmSpec& spec, const WeightInfo& info, const Array& target = {}) {
  return CompileGemm(spec, info, target).status();
}

bool Says(const Status& status, Code code, const char* part) {
  CAPTURE(status.text());
  return status.code() == code && status.text().find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("tiles: what is chosen fits, and no tiling that fits moves less") {
  for (const size_t registers : {64u, 128u, 256u}) {
    for (const size_t kib : {16u, 64u, 160u}) {
      Array target;
      target.registers = registers;
      target.scratchpad_bytes = kib << 10;
      const CompiledGemm gemm = Compiled(40, 1500, 600, target, 200);
      CHECK(gemm.tiling.registers <= registers);
      CHECK(gemm.tiling.scratchpad_bytes <= target.scratchpad_bytes);
      const double least = GlobalTraffic(gemm.layout, gemm.tiling);
      for (size_t rows = 1; rows <= gemm.layout.m_tiles; ++rows) {
        for (size_t columns = 1; columns <= gemm.layout.n_tiles; ++columns) {
          const Tiling other{.rows = rows, .columns = columns, .chunk_steps = 1};
          if (MapRegisters(gemm.spec, kFormat, target, gemm.layout, other).end > registers)
            continue;
          if (MapScratchpad(gemm.layout, other).end + 32 > target.scratchpad_bytes) continue;
          CHECK(GlobalTraffic(gemm.layout, other) >= least);
        }
      }
    }
  }
}

TEST_CASE("tiles: registers of one use never overlap those of another that is live with it") {
  const CompiledGemm gemm = Compiled(16, 512, 256, {}, 64);
  const Tiling& t = gemm.tiling;
  const RegisterMap map = MapRegisters(gemm.spec, kFormat, gemm.target, gemm.layout, t);
  const size_t tiles = t.rows * t.columns;
  CHECK(map.outputs == map.sums + tiles * map.sum_registers);
  CHECK(map.outputs_stay);
  CHECK(map.tables >= map.outputs + tiles * map.out_registers);
  CHECK(map.weights >= map.tables + t.rows * map.table_registers);
  CHECK(map.records >= map.outputs + tiles * map.out_registers);
  CHECK(map.end <= gemm.target.registers);
}

TEST_CASE("tiles: a tall and a small product") {
  // One token: all tiles along N.
  const CompiledGemm decode = Compiled(1, 4096, 1024);
  CHECK(decode.tiling.rows == 1);
  CHECK(decode.tiling.columns > 8);
  const CompiledGemm tiny = Compiled(1, 1, 1);
  CHECK(tiny.tiling.rows * tiny.tiling.columns * tiny.tiling.chunk_steps == 1);
}

// The shape of the paper's kernel study: compiled in no time, to a program that is no longer.
TEST_CASE("programs: their length does not follow the problem's") {
  const CompiledGemm small = Compiled(64, 2048, 1024);
  const CompiledGemm large = Compiled(2048, 27648, 5120);
  CHECK(large.lookup.size() < 4 * small.lookup.size());
  CHECK(large.layout.steps.steps == 1280);
  for (const uint64_t word : large.lookup) CHECK(isa::Decode(word).ok());
  for (const uint64_t word : large.precompute) CHECK(isa::Decode(word).ok());
}

TEST_CASE("programs: counts are those of the formula") {
  test::Random random(51);
  const QuantizedMatrix matrix = test::RandomMatrix(test::Info(kFormat, 200, 90, 32), random);
  const std::vector<int8_t> act = random.Int8s(5 * 90);
  auto simulation = test::MustMake(Compiled(5, 200, 90, {}, 32), matrix);
  REQUIRE(simulation.Run(act.data(), {}).ok());
  const func::Counters& c = simulation.counters();
  const uint64_t tiles = 3 * 4, steps = 8 + 8 + 7;  // groups of 32, 32 and 26
  CHECK(c.Executed(isa::Op::kLmma) == tiles * steps);
  CHECK(c.array_cycles == tiles * steps * 2);
  CHECK(c.lookups == tiles * steps * 2 * 2 * 64);
  CHECK(c.Executed(isa::Op::kLutgen) == 3 * steps);  // once per activation, not per output
  CHECK(c.table_adds == 3 * steps * 2 * 12);
  CHECK(c.Executed(isa::Op::kFold) == tiles * 3);
}

TEST_CASE("programs: fused Precompute leaves the same tables") {
  test::Random random(52);
  const QuantizedMatrix matrix = test::RandomMatrix(test::Info(kFormat, 30, 50, 20), random);
  const std::vector<int8_t> act = random.Int8s(3 * 50);
  const std::vector<float> scales = random.Normals(9);
  const CompiledGemm gemm =
      test::MustCompile({.m = 3, .out = isa::SumType::kF32}, matrix.info, Array{});
  auto apart = test::MustMake(gemm, matrix), fused = test::MustMake(gemm, matrix);
  const auto expected = apart.Run(act.data(), scales);
  REQUIRE(expected.ok());
  REQUIRE(fused.FusedPrecompute(act.data(), scales).ok());
  const auto out = fused.Lookup();
  REQUIRE(out.ok());
  CHECK(*out == *expected);
  CHECK(fused.counters().global_read < apart.counters().global_read);
  CHECK(fused.counters().table_adds == apart.counters().table_adds);
}

TEST_CASE("programs: tables serve other weights of the same activations only") {
  test::Random random(53);
  const auto make = [&](size_t n, size_t k, uint32_t group) {
    const auto info = test::Info(kFormat, n, k, group);
    return test::MustMake(test::MustCompile({.m = 2}, info, Array{}),
                          test::RandomMatrix(info, random));
  };
  auto first = make(20, 40, kWholeRow), second = make(70, 40, kWholeRow);
  auto longer = make(20, 44, kWholeRow), grouped = make(20, 40, 20);
  const std::vector<int8_t> act = random.Int8s(80);
  REQUIRE(first.Precompute(act.data(), {}).ok());
  CHECK(second.TakeTables(first).ok());
  CHECK(longer.TakeTables(first).code() == Code::kBadShape);
  CHECK(grouped.TakeTables(first).code() == Code::kBadShape);
  const auto direct = second.Run(act.data(), {});
  REQUIRE(second.TakeTables(first).ok());
  CHECK(*second.Lookup() == *direct);
}

TEST_CASE("compile: what cannot be is refused with the reason") {
  const WeightInfo info = test::Info(kFormat, 64, 64);
  const WeightInfo floats = test::Info(kFormat, 64, 64, kWholeRow, ZeroKind::kFloat);
  CHECK(Says(Refused({.m = 0}, info), Code::kBadShape, "0 x 64 x 64"));
  CHECK(Says(Refused({.act = isa::ActType::kLut8}, info), Code::kBadArgument, "a type of tables"));
  CHECK(Says(Refused({}, floats), Code::kBadArgument, "no integer product"));
  CHECK(Says(Refused({.act = isa::ActType::kF16}, info), Code::kBadArgument, "stand together"));
  CHECK(Says(Refused({.act = isa::ActType::kI16}, test::Info(kFormat, 8, 1 << 16)), Code::kOverflow,
             "may overflow int32"));
  CHECK(Says(Refused({.m = 1 << 20}, test::Info(kFormat, 64, 1 << 16)), Code::kBadShape,
             "more than 2147483648 bytes"));
  Array small;
  small.registers = 8;
  CHECK(Says(Refused({}, info, small), Code::kWorkspaceTooSmall, "cannot hold one tile"));
  small.name = std::string(1000, 'x') + "\x1b[2J";
  CHECK(Says(Refused({}, info, small), Code::kWorkspaceTooSmall, "xxx...': 8 registers"));
  small.registers = 256;
  small.scratchpad_bytes = 256;
  CHECK(Says(Refused({}, info, small), Code::kWorkspaceTooSmall, "256 bytes of scratchpad"));
  small.shape.m = 3;
  CHECK(Says(Refused({}, info, small), Code::kBadArgument, "no shape of lmma"));
  test::Random random(54);
  const QuantizedMatrix other = test::RandomMatrix(test::Info(kFormat, 64, 60), random);
  CHECK(Simulation::Make(Compiled(1, 64, 64), other, {}).status().code() == Code::kBadArgument);
}
