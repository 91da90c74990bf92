#include "tools/verify_tensor.h"

#include "base/bits.h"
#include "layout/layout.h"
#include "ref/error.h"
#include "ref/gemm.h"
#include "ref/modes.h"
#include "tools/onednn.h"
#include "tools/random.h"
#include "tools/report.h"
#include "tools/sample.h"
#include "tools/scratch.h"
#include "tools/verify_bound.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr size_t kTokens = kVerifyTokens;
constexpr size_t kMaxOutputs = 256;    // outputs compared per tensor, evenly spread
constexpr double kOneDnnNmse = 1e-10;  // f32 sums of up to 2^24 terms

// What every check of a tensor shares.
struct Subject {
  const PackedWeights& weights;
  const VerifySpec& spec;
  Threads* threads;
  std::vector<size_t> outputs;  // that are compared
  QuantizedMatrix sample;       // their weights
  BoundFacts facts;

  const WeightInfo& info() const { return weights.info(); }
};

Problem ProblemFor(const Subject& subject, Mode mode, size_t m) {
  Problem problem;
  problem.m = m;
  problem.mode = mode;
  problem.threads = subject.spec.threads;
  problem.target = subject.spec.target;
  return problem;
}

std::vector<float> MakeActs(size_t k, bool outliers, Random& random) {
  std::vector<float> acts = RandomActs(kTokens * k, random);
  for (size_t token = 0; outliers && token < kTokens; ++token) {
    std::set<size_t> places;
    while (places.size() < OutliersOf(k)) places.insert(random.Below(static_cast<uint32_t>(k)));
    for (const size_t place : places) acts[token * k + place] *= kOutlierTimes;
  }
  return acts;
}

// All tokens through a plan, `m` per call; outputs of the sample, in [token][output].
template <class Out>
Result<std::vector<Out>> RunSample(const Subject& subject, const Plan& plan, size_t m,
                                   std::span<const std::byte> acts) {
  const size_t n = subject.info().n;
  const size_t tokens = kTokens;
  const size_t act_bytes = acts.size() / tokens;
  const Result<Scratch> workspace = Scratch::Map(plan.workspace_bytes());
  if (!workspace.ok()) return workspace.status();
  std::vector<Out> out(m * n), sample;
  std::vector<size_t> all(m);
  for (size_t i = 0; i < m; ++i) all[i] = i;
  for (size_t token = 0; token < tokens; token += m) {
    const Status status =
        plan.Run(acts.data() + token * act_bytes, out.data(), workspace->span(), subject.threads);
    if (!status.ok()) return status;
    const std::vector<Out> part = Pick<Out>(out, n, all, subject.outputs);
    sample.insert(sample.end(), part.begin(), part.end());
  }
  return sample;
}

// Blocks of a family are multiples of this many activations.
size_t BlockUnit(std::string_view family, LayoutId layout) {
  if (family == "triples") return 60;
  if (family == "fives") return 10;
  return layout == LayoutId::kTrits ? 80 : layout::kSlice;
}

// The activations' block of a plan: the length which, asked for, gives the same tables.
size_t BlockOf(const Subject& subject, Problem problem, const Plan& plan) {
  constexpr size_t kLongestBlock = 16320;
  const size_t whole = layout::MakeKSpace(subject.info()).group;
  const size_t unit = BlockUnit(FamilyOf(plan.row()), subject.weights.layout());
  for (size_t block = unit; block < whole && block <= kLongestBlock; block += unit) {
    // Problems ask for whole slices, which plans round up: some multiples of a unit none gives.
    const size_t asked = block / layout::kSlice * layout::kSlice;
    if (base::RoundUp(asked, unit) != block) continue;
    problem.block = static_cast<uint32_t>(asked);
    const Result<Plan> other = MakePlan(subject.weights, problem);
    if (other.ok() && other->table_key() == plan.table_key()) return block;
  }
  return whole;
}

// What int8 with one scale per block makes of the activations.
std::vector<float> RoundToInt8(const WeightInfo& info, std::span<const float> acts, size_t block) {
  std::vector<float> rounded(acts.size());
  for (size_t token = 0; token < acts.size() / info.k; ++token) {
    for (size_t g = 0; g < info.groups(); ++g) {
      for (size_t k = info.group_begin(g); k < info.group_end(g); k += block) {
        const size_t count = std::min(block, info.group_end(g) - k);
        const auto codes = ref::QuantizeActs(acts.subspan(token * info.k + k, count));
        for (size_t i = 0; i < count; ++i) {
          rounded[token * info.k + k + i] = codes.scale * codes.codes[i];
        }
      }
    }
  }
  return rounded;
}

// The same outputs by the scalar loops that define each family.
std::vector<float> ScalarLoops(const Subject& subject, const ProductCheck& check,
                               std::span<const float> acts) {
  const std::string_view family = FamilyOf(check.row);
  if (check.mode == Mode::kExact) {
    return ref::ExactGemm(subject.sample, acts, kTokens, check.block);
  }
  if (IsInt8(family)) return ref::FastDotGemm(subject.sample, acts, kTokens, check.block);
  if (family == "planes" || family == "fives") {
    const size_t digits = family == "fives" ? 5 : 4;
    return ref::FastPlanesGemm(subject.sample, acts, kTokens, check.block, digits);
  }
  // A block that holds the whole row is as long as the padded row.
  const size_t length = family == "triples" ? 3 : layout::kTritsPerByte;
  const size_t block = base::CeilDiv(check.block, length) * length;
  return ref::FastTritsGemm(subject.sample, acts, kTokens, block, length);
}

struct Acts {
  bool outliers;
  std::vector<float> values;
  std::vector<double> exact;  // float64 outputs of the sample
};

// What is wrong with a measured check, or nothing.
std::string Judge(const ProductCheck& check) {
  if (!check.bits_equal) return "outputs differ from the scalar loops that define them";
  if (check.mode == Mode::kExact || std::isinf(check.bound)) return {};
  if (check.nmse <= std::max(check.bound * check.int8_nmse, kTinyNmse)) return {};
  return fmt::format("NMSE {} is {:.2f} times that of int8 activations, above {:.2f}",
                     ErrorText(check.nmse), check.ratio(), check.bound);
}

Status CheckProduct(const Subject& subject, const Acts& acts, ProductCheck& check,
                    TensorReport& report) {
  const Problem problem = ProblemFor(subject, check.mode, check.m);
  const Result<Plan> plan = MakePlan(subject.weights, problem);
  if (!plan.ok()) return plan.status();
  check.row = plan->row();
  check.target = plan->target();
  check.block = BlockOf(subject, problem, *plan);
  const auto out = RunSample<float>(subject, *plan, check.m, std::as_bytes(std::span(acts.values)));
  if (!out.ok()) return out.status();
  check.nmse = ref::Nmse(*out, acts.exact);
  const std::vector<float> rounded = RoundToInt8(subject.info(), acts.values, check.block);
  const std::vector<double> int8 = ref::GemmF64(subject.sample, rounded, kTokens);
  check.int8_nmse = ref::Nmse(int8, acts.exact);
  const std::vector<float> same = ScalarLoops(subject, check, acts.values);
  check.bits_equal = std::memcmp(same.data(), out->data(), same.size() * sizeof(float)) == 0;
  check.bound = check.mode == Mode::kExact ? 1.0 : BoundFor(subject.facts, check);
  const std::string wrong = Judge(check);
  check.ok = wrong.empty();
  if (check.ok) return {};
  report.failures.push_back(fmt::format("{} mode, {} activations, M = {}, row {} on {}: {}",
                                        Name(check.mode), acts.outliers ? "outlier" : "Gaussian",
                                        check.m, check.row, check.target, wrong));
  return {};
}

// Random int8 activations, then the largest and the smallest that there are.
std::vector<int8_t> IntegerActs(size_t k, Random& random) {
  std::vector<int8_t> acts(kTokens * k);
  for (size_t i = 0; i < acts.size(); ++i) {
    const size_t token = i / k;
    const int value = token == 0   ? 127
                      : token == 1 ? -128
                                   : static_cast<int>(random.Below(256)) - 128;
    acts[i] = static_cast<int8_t>(value);
  }
  return acts;
}

Status CheckInteger(const Subject& subject, Random& random, TensorReport& report) {
  if (subject.info().zero == ZeroKind::kFloat) return {};
  const std::vector<int8_t> acts = IntegerActs(subject.info().k, random);
  const std::vector<int64_t> exact = ref::GemmInteger(subject.sample, acts, kTokens);
  for (const size_t m : {size_t{1}, kTokens}) {
    Problem problem = ProblemFor(subject, Mode::kExact, m);
    problem.act = Elem::kI8;
    problem.out = Elem::kI32;
    const Result<Plan> plan = MakePlan(subject.weights, problem);
    if (plan.status().code() == Code::kOverflow) return {};
    if (!plan.ok()) return plan.status();
    const auto out = RunSample<int32_t>(subject, *plan, m, std::as_bytes(std::span(acts)));
    if (!out.ok()) return out.status();
    const bool equal = std::equal(exact.begin(), exact.end(), out->begin(), out->end());
    report.integer_equal = report.integer_equal.value_or(true) && equal;
    if (equal) continue;
    report.failures.push_back(
        fmt::format("int32 output, M = {}, row {} on {}: differs from the "
                    "integer product",
                    m, plan->row(), plan->target()));
  }
  return {};
}

// The oracle itself against an independent library.
Status CheckOneDnn(const Subject& subject, const Acts& acts, TensorReport& report) {
  if (!HaveOneDnn()) return {};
  const size_t n = subject.outputs.size(), k = subject.info().k;
  std::vector<float> weights(n * k), out(kTokens * n);
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<float>(subject.sample.Value(i / k, i % k));
  }
  Result<OneDnnProduct> product = OneDnnProduct::Make({OneDnnShape::Kind::kF32, kTokens, n, k});
  if (!product.ok()) return product.status();
  if (Status status = product->AddWeights(weights.data()); !status.ok()) return status;
  if (Status status = product->Run(0, acts.values.data(), out.data()); !status.ok()) return status;
  report.onednn_nmse = ref::Nmse(out, acts.exact);
  if (*report.onednn_nmse <= kOneDnnNmse) return {};
  report.failures.push_back(fmt::format("oneDNN's f32 product differs from float64 by NMSE {}",
                                        ErrorText(*report.onednn_nmse)));
  return {};
}

}  // namespace

Result<TensorReport> VerifyTensor(const PackedWeights& weights, const QuantizedMatrix& matrix,
                                  const VerifySpec& spec, Threads* threads) {
  Subject subject{weights, spec, threads, SpreadIndices(matrix.info.n, kMaxOutputs), {}, {}};
  subject.sample = TakeRows(matrix, subject.outputs);
  subject.facts = FactsOf(subject.sample, weights.layout() == LayoutId::kTrits);
  Random random(spec.seed);
  TensorReport report;
  report.table_factor = subject.facts.tables.factor;
  for (const bool outliers : {false, true}) {
    Acts acts{outliers, MakeActs(matrix.info.k, outliers, random), {}};
    acts.exact = ref::GemmF64(subject.sample, acts.values, kTokens);
    for (const Mode mode : {Mode::kExact, Mode::kFast}) {
      for (const size_t m : {size_t{1}, kTokens}) {
        ProductCheck check;
        check.mode = mode;
        check.outliers = outliers;
        check.m = m;
        if (Status status = CheckProduct(subject, acts, check, report); !status.ok()) return status;
        report.checks.push_back(std::move(check));
      }
    }
    if (outliers) continue;
    if (Status status = CheckOneDnn(subject, acts, report); !status.ok()) return status;
  }
  if (Status status = CheckInteger(subject, random, report); !status.ok()) return status;
  return report;
}

}  // namespace lutgemm::tools
