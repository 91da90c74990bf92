// A random product: compiled, run, and compared with the oracle.
#include "tools/commands.h"
#include "tools/model/files.h"
#include "tools/model/sim.h"
#include "tools/model/sim_cost.h"
#include "tools/random.h"
#include "tools/sample.h"

#include "base/checksum.h"
#include "format/fp.h"
#include "model/func/lanes.h"
#include "ref/gemm.h"
#include "ref/lookup.h"

#include <fmt/core.h>

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>

namespace lutgemm::tools {
namespace {

namespace isa = model::isa;
namespace lower = model::lower;

// Products beyond this are compared on a sample of tokens and outputs.
constexpr double kFullCheck = 0x1p27;
constexpr size_t kSampleTokens = 8, kSampleOutputs = 128;

Result<std::array<size_t, 3>> ParseSides(const std::string& text) {
  std::array<size_t, 3> sides{};
  size_t side = 0;
  for (const char c : text) {
    if (c == 'x' && sides[side] != 0 && side < 2) {
      ++side;
    } else if (c >= '0' && c <= '9' && sides[side] <= kMaxK) {
      sides[side] = sides[side] * 10 + static_cast<size_t>(c - '0');
    } else {
      return Status(Code::kBadArgument, "--problem: '" + text + "' is not MxNxK");
    }
  }
  if (side != 2 || sides[2] == 0) {
    return Status(Code::kBadArgument,
                  "--problem: '" + text + "' is not MxNxK, such as 16x4096x4096");
  }
  return sides;
}

// A value of an enumeration by its name among the names of its kind.
template <class T>
Result<T> ParseType(const std::string& text, isa::Kind kind, const char* option) {
  const auto names = isa::TypeNames(kind);
  std::string all;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<T>(i);
    all += fmt::format("{}{}", i == 0 ? "" : ", ", names[i]);
  }
  return Status(Code::kBadArgument, fmt::format("{}: '{}' is none of {}", option, text, all));
}

struct Setup {
  lower::GemmSpec spec;
  WeightInfo info;
  lower::Target target;
};

// Types that were left out follow from the others.
Status FillTypes(const SimOptions& options, lower::GemmSpec& spec) {
  const bool rtl = options.mode == model::func::Mode::kRtl;
  const auto act = ParseType<isa::ActType>(options.act.empty() ? (rtl ? "f16" : "i8") : options.act,
                                           isa::Kind::kAct, "--act");
  if (!act.ok()) return act.status();
  spec.act = *act;
  spec.quantised_tables = options.quantised_tables;
  const bool integer = !isa::IsFloat(spec.act) && !spec.quantised_tables;
  const char* usual_acc = integer ? "i32" : (rtl && !spec.quantised_tables) ? "f16" : "f32";
  const auto acc = ParseType<isa::SumType>(options.acc.empty() ? usual_acc : options.acc,
                                           isa::Kind::kSum, "--acc");
  if (!acc.ok()) return acc.status();
  spec.acc = *acc;
  const auto out = ParseType<isa::SumType>(
      options.out.empty() ? (integer ? "i32" : "f32") : options.out, isa::Kind::kSum, "--out");
  if (!out.ok()) return out.status();
  spec.out = *out;
  return {};
}

Result<Setup> MakeSetup(const SimOptions& options) {
  Setup setup;
  const auto sides = ParseSides(options.problem);
  if (!sides.ok()) return sides.status();
  WeightOptions weights = options.weights;
  if (!weights.group) weights.group = kWholeRow;  // one group: the cycles of the formula
  const Result<QuantSpec> quant = weights.Spec();
  if (!quant.ok()) return quant.status();
  setup.info = InfoOf(*quant, (*sides)[1], (*sides)[2]);
  setup.spec.m = (*sides)[0];
  if (Status status = FillTypes(options, setup.spec); !status.ok()) return status;
  return setup;
}

// Activations as the machine stores them, and the values that they stand for.
struct Acts {
  std::vector<std::byte> bytes;
  std::vector<double> values;
};

Acts MakeActs(isa::ActType type, size_t count, Random& random) {
  Acts acts;
  const size_t size = isa::ActBytes(type);
  acts.bytes.resize(count * size);
  acts.values.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    uint16_t bits = static_cast<uint16_t>(random.Below(1u << 16));
    double value = 0.0;
    if (type == isa::ActType::kI16) {
      value = std::bit_cast<int16_t>(bits);
    } else if (type == isa::ActType::kI8) {
      value = static_cast<int8_t>(bits);
    } else if (type == isa::ActType::kF16) {
      bits = format::F32ToF16(static_cast<float>(random.Gaussian()));
      value = double{format::F16ToF32(bits)};
    } else {
      bits &= 0xb7u;  // finite in both FP8 types
      value = model::func::LoadActF64(reinterpret_cast<const std::byte*>(&bits), type, 0);
    }
    std::memcpy(&acts.bytes[i * size], &bits, size);
    acts.values.push_back(value);
  }
  return acts;
}

ref::LookupSpec OracleSpec(const SimOptions& options, const Setup& setup) {
  using Entry = ref::LookupSpec::Entry;
  using Sum = ref::LookupSpec::Sum;
  const bool rtl = options.mode == model::func::Mode::kRtl;
  ref::LookupSpec spec;
  spec.k = setup.target.k;
  spec.entry = setup.spec.quantised_tables    ? Entry::kQuantised
               : isa::IsFloat(setup.spec.act) ? Entry::kF16
                                              : Entry::kExact;
  spec.sum = setup.spec.acc == isa::SumType::kI32   ? Sum::kExact
             : setup.spec.acc == isa::SumType::kF32 ? Sum::kF32
                                                    : Sum::kF16;
  spec.plane_by_plane = rtl;
  spec.exponent_quirk = rtl && options.exponent_quirk;
  return spec;
}

struct Checked {
  bool match = false;
  size_t outputs = 0;
  double nmse = 0.0;  // of f32 outputs against float64
};

double Nmse(std::span<const float> values, std::span<const double> expected) {
  double error = 0.0, energy = 0.0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double difference = double{values[i]} - expected[i];
    error += difference * difference;
    energy += expected[i] * expected[i];
  }
  return energy == 0.0 ? error : error / energy;
}

std::vector<uint32_t> IntegerBits(const QuantizedMatrix& rows, const std::vector<double>& acts,
                                  size_t m) {
  const std::vector<int16_t> whole(acts.begin(), acts.end());
  std::vector<uint32_t> bits;
  for (const int64_t sum : ref::GemmInteger(rows, whole, m)) {
    bits.push_back(static_cast<uint32_t>(sum));
  }
  return bits;
}

std::vector<uint32_t> FloatBits(std::span<const float> values) {
  std::vector<uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<uint32_t>(value));
  return bits;
}

Checked Check(const SimOptions& options, const Setup& setup, const QuantizedMatrix& matrix,
              const Acts& acts, std::span<const uint32_t> out) {
  const size_t m = setup.spec.m, n = setup.info.n;
  const bool all = double(m) * double(n) * double(setup.info.k) <= kFullCheck;
  const auto tokens = SpreadIndices(m, all ? m : kSampleTokens);
  const auto columns = SpreadIndices(n, all ? n : kSampleOutputs);
  const QuantizedMatrix rows = TakeRows(matrix, columns);
  const auto sample = RowsOf<double>(acts.values, tokens, setup.info.k);
  const auto got = Pick<uint32_t>(out, n, tokens, columns);
  Checked checked;
  checked.outputs = got.size();
  if (setup.spec.out == isa::SumType::kI32) {
    checked.match = got == IntegerBits(rows, sample, tokens.size());
    return checked;
  }
  const auto expected = ref::LookupGemm(rows, sample, tokens.size(), OracleSpec(options, setup));
  checked.match = got == FloatBits(expected);
  const std::vector<float> narrow(sample.begin(), sample.end());
  checked.nmse = Nmse(expected, ref::GemmF64(rows, narrow, tokens.size()));
  return checked;
}

struct Outcome {
  std::string digest;
  Checked checked;
  double seconds = 0.0;
  SimCost cost;
};

// Multiply-accumulates of bits that the problem needs, per those that the array could have done.
double Utilisation(const Setup& setup, uint64_t array_cycles) {
  const double planes = CodeBits(setup.info.format);
  const double useful = double(setup.spec.m) * double(setup.info.n) * double(setup.info.k) * planes;
  const double possible = double(setup.target.m * setup.target.n * setup.target.k);
  return useful / (double(array_cycles) * possible);
}

Json ToJson(const SimOptions& options, const Setup& setup, const lower::Simulation& simulation,
            const Outcome& outcome) {
  const lower::CompiledGemm& gemm = simulation.gemm();
  const auto& c = simulation.counters();
  const bool scaled = setup.spec.out == isa::SumType::kF32;
  Json json = {{"problem", {{"m", setup.spec.m}, {"n", setup.info.n}, {"k", setup.info.k}}},
               {"format", Name(setup.info.format)},
               {"group", GroupJson(setup.info.group)},
               {"zero", Name(setup.info.zero)},
               {"machine", setup.target.name},
               {"shape", fmt::format("m{}n{}k{}", setup.target.m, setup.target.n, setup.target.k)},
               {"mode", options.mode == model::func::Mode::kRtl ? "rtl" : "exact"},
               {"exponent_quirk", options.exponent_quirk},
               {"act", isa::Name(setup.spec.act)},
               {"tables", isa::Name(setup.spec.table())},
               {"acc", isa::Name(setup.spec.acc)},
               {"out", isa::Name(setup.spec.out)},
               {"seed", options.seed},
               {"oracle_match", outcome.checked.match},
               {"checked_outputs", outcome.checked.outputs},
               {"nmse", scaled ? Json(outcome.checked.nmse) : Json(nullptr)},
               {"digest", outcome.digest},
               {"array_cycles", c.array_cycles},
               {"fill_cycles", setup.target.pipeline_stages},
               {"utilisation", Utilisation(setup, c.array_cycles)},
               {"tile",
                {{"m", gemm.tiling.rows * setup.target.m},
                 {"n", gemm.tiling.columns * setup.target.n},
                 {"k", gemm.tiling.chunk_steps * setup.target.k},
                 {"registers", gemm.tiling.registers},
                 {"scratchpad_bytes", gemm.tiling.scratchpad_bytes}}},
               {"words", {{"precompute", gemm.precompute.size()}, {"lookup", gemm.lookup.size()}}}};
  json.update(CountersJson(c));
  json["cost"] = SimCostJson(outcome.cost);
  json["bound"] = json["cost"]["counted"]["bound"];
  json["energy_pj"] = json["cost"]["counted"]["energy_pj"];
  json["seconds"] = outcome.seconds;
  json["lookups_per_second"] = double(c.lookups) / outcome.seconds;
  return json;
}

void Print(const SimOptions& options, const Setup& setup, const lower::Simulation& simulation,
           const Outcome& outcome) {
  const lower::CompiledGemm& gemm = simulation.gemm();
  const auto& c = simulation.counters();
  fmt::print("problem    O[{0},{1}] = A[{0},{2}] x W[{1},{2}]^T, {3}, group {4}, seed {5}\n",
             setup.spec.m, setup.info.n, setup.info.k, Name(setup.info.format),
             GroupText(setup.info.group), options.seed);
  fmt::print("machine    {}, mode {}, activations {}, tables {}, sums {}, outputs {}\n",
             setup.target.name, options.mode == model::func::Mode::kRtl ? "rtl" : "exact",
             isa::Name(setup.spec.act), isa::Name(setup.spec.table()), isa::Name(setup.spec.acc),
             isa::Name(setup.spec.out));
  fmt::print("tile       {} x {} outputs, {} of K; {} registers, {} of scratchpad\n",
             gemm.tiling.rows * setup.target.m, gemm.tiling.columns * setup.target.n,
             gemm.tiling.chunk_steps * setup.target.k, gemm.tiling.registers,
             BytesText(gemm.tiling.scratchpad_bytes));
  fmt::print("program    {} words for tables, {} for lookups\n", gemm.precompute.size(),
             gemm.lookup.size());
  fmt::print("result     digest {}, {} outputs compared: {}\n", outcome.digest,
             outcome.checked.outputs, outcome.checked.match ? "equal" : "DIFFERENT");
  if (setup.spec.out == isa::SumType::kF32) {
    fmt::print("error      NMSE {} against float64\n", ErrorText(outcome.checked.nmse));
  }
  fmt::print("cycles     {} of one array, {} to fill it; {:.1f} % of its lookups are of use\n",
             c.array_cycles, setup.target.pipeline_stages,
             100 * Utilisation(setup, c.array_cycles));
  PrintCounters(c);
  PrintSimCost(outcome.cost);
  fmt::print("simulated  in {:.3f} s, {:.1f} M lookups/s\n", outcome.seconds,
             double(c.lookups) / outcome.seconds / 1e6);
}

}  // namespace

int SimulateProblem(const SimOptions& options) {
  using Clock = std::chrono::steady_clock;
  Result<Setup> setup = MakeSetup(options);
  if (!setup.ok()) return OptionsFailed(setup.status());
  const Result<lower::Target> target = ReadTarget(options.machine);
  if (!target.ok()) return TargetFailed(options.machine, target.status());
  setup->target = *target;
  Result<lower::CompiledGemm> gemm = lower::CompileGemm(setup->spec, setup->info, setup->target);
  if (!gemm.ok()) return OptionsFailed(gemm.status());
  Random random(options.seed);
  const QuantizedMatrix matrix = RandomMatrix(setup->info, random);
  const Acts acts = MakeActs(setup->spec.act, setup->spec.m * setup->info.k, random);
  Result<lower::Simulation> simulation = lower::Simulation::Make(
      *std::move(gemm), matrix, {options.mode, options.exponent_quirk, TraceTo(options.trace)});
  if (!simulation.ok()) return OptionsFailed(simulation.status());
  const auto start = Clock::now();
  const auto out = simulation->Run(acts.bytes.data(), {});
  if (!out.ok()) return CheckFailed(out.status().text());
  Outcome outcome;
  outcome.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  outcome.digest = HexText(base::Checksum(std::as_bytes(std::span(*out))));
  Result<SimCost> cost = PriceSimulation(options.machine, setup->target, setup->spec, setup->info,
                                         simulation->counters());
  if (!cost.ok()) return FileFailed(cost.status());
  outcome.cost = *std::move(cost);
  outcome.checked = Check(options, *setup, matrix, acts, *out);
  if (options.json) {
    PrintJson(ToJson(options, *setup, *simulation, outcome));
  } else {
    Print(options, *setup, *simulation, outcome);
  }
  return outcome.checked.match ? kExitOk : kExitFailed;
}

}  // namespace lutgemm::tools
