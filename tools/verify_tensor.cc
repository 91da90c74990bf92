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
#include "tools/table_error.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr size_t kTokens = 16;
constexpr size_t kMaxOutputs = 256;  // outputs compared per tensor, evenly spread
constexpr double kOutlierShare = 0.005;
constexpr double kOutlierTimes = 20.0;
constexpr double kGaussianBound = 1.25, kOutlierBound = 0.5;
constexpr double kMediumOutlierBound = 0.75;  // blocks below 32
// Shorter blocks hold few activations, of which int8 represents the largest without error.
constexpr size_t kMediumBlock = 32, kShortBlock = 16, kShortTritsBlock = 40;
constexpr double kShortBound = 16.0;
constexpr double kOneDnnNmse = 1e-10;  // f32 sums of up to 2^24 terms

// What every check of a tensor shares.
struct Subject {
  const PackedWeights& weights;
  const VerifySpec& spec;
  Threads* threads;
  std::vector<size_t> outputs;  // that are compared
  QuantizedMatrix sample;       // their weights
  TableError tables;

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

// The same share of outliers in every token, one at least, at random places.
std::vector<float> MakeActs(size_t k, bool outliers, Random& random) {
  std::vector<float> acts = RandomActs(kTokens * k, random);
  const auto count = static_cast<size_t>(std::lround(double(k) * kOutlierShare));
  for (size_t token = 0; outliers && token < kTokens; ++token) {
    for (size_t i = 0; i < std::max<size_t>(count, 1); ++i) {
      acts[token * k + random.Below(static_cast<uint32_t>(k))] *= kOutlierTimes;
    }
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

std::string_view FamilyOf(std::string_view row) {
  for (const RowInfo& info : Rows()) {
    if (info.name == row) return info.family;
  }
  return {};
}

// The activations' block of a plan: the length which, asked for, gives the same tables.
// Rows of `trits` round a block up to whole bytes of five.
size_t BlockOf(const Subject& subject, Problem problem, const Plan& plan) {
  const layout::KSpace ks = layout::MakeKSpace(subject.info());
  const bool trits = FamilyOf(plan.row()) == "trits";
  for (size_t block = 16; block < ks.group && block <= 16384; block += 16) {
    problem.block = static_cast<uint32_t>(block);
    const Result<Plan> other = MakePlan(subject.weights, problem);
    if (other.ok() && other->table_key() == plan.table_key()) {
      return std::min(trits ? base::RoundUp(block, layout::kTritsPerByte) : block, ks.group);
    }
  }
  return ks.group;
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

// How far the ratio of two measured errors may lie above its expectation. It scatters with the
// outputs that are compared, whose errors may have a common part, and with the blocks, whose scales
// are random, too. Four standard deviations.
double SlackOf(const Subject& subject, size_t block) {
  const double outputs = double(std::min(subject.outputs.size(), subject.info().k));
  const double blocks = double(base::CeilDiv(subject.info().k, block));
  const double common = subject.tables.common * subject.tables.common;
  return 1.0 + 4.0 * std::sqrt((4.0 / outputs + 4.0 * common + 0.1 / blocks) / double(kTokens));
}

// `dot` rows are int8 themselves, tables have an error of their own.
double BoundFor(const Subject& subject, const ProductCheck& check) {
  const double slack = SlackOf(subject, check.block);
  const std::string_view family = FamilyOf(check.row);
  if (family == "dot") return kGaussianBound * slack;
  const double tables = slack * subject.tables.factor;
  if (check.block < (family == "trits" ? kShortTritsBlock : kShortBlock))
    return kShortBound * tables;
  if (!check.outliers) return kGaussianBound * tables;
  return (check.block < kMediumBlock ? kMediumOutlierBound : kOutlierBound) * tables;
}

// The same outputs by the scalar loops that define each family.
std::vector<float> ScalarLoops(const Subject& subject, std::string_view family,
                               const ProductCheck& check, std::span<const float> acts) {
  if (check.mode == Mode::kExact || family == "dot") {
    return ref::ExactGemm(subject.sample, acts, kTokens, check.block);
  }
  if (family == "planes") return ref::FastPlanesGemm(subject.sample, acts, kTokens, check.block);
  const size_t quints = base::CeilDiv(check.block, layout::kTritsPerByte);
  return ref::FastTritsGemm(subject.sample, acts, kTokens, quints * layout::kTritsPerByte);
}

struct Acts {
  bool outliers;
  std::vector<float> values;
  std::vector<double> exact;  // float64 outputs of the sample
};

// Exact mode: the very bits of the scalar loops. Fast mode: the error's bound.
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
  check.int8_nmse = ref::Nmse(
      std::span<const double>(ref::GemmF64(subject.sample, rounded, kTokens)), acts.exact);
  const std::string_view family = FamilyOf(check.row);
  const std::vector<float> same = ScalarLoops(subject, family, check, acts.values);
  check.bits_equal = std::memcmp(same.data(), out->data(), same.size() * sizeof(float)) == 0;
  if (check.mode == Mode::kExact) {
    check.bound = 1.0;
    check.ok = check.bits_equal;
  } else {
    check.bound = BoundFor(subject, check);
    check.ok = check.nmse <= std::max(check.bound * check.int8_nmse, kTinyNmse);
  }
  if (!check.ok) {
    report.failures.push_back(fmt::format(
        "{} mode, {} activations, M = {}, row {} on {}: {}", Name(check.mode),
        acts.outliers ? "outlier" : "Gaussian", check.m, check.row, check.target,
        check.mode == Mode::kExact
            ? std::string("outputs differ from the integer product")
            : fmt::format("NMSE {} is {:.2f} times that of int8 activations, above {:.2f}",
                          ErrorText(check.nmse), check.ratio(), check.bound)));
  }
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
  subject.tables = PredictTableError(subject.sample, weights.layout());
  Random random(spec.seed);
  TensorReport report;
  report.table_factor = subject.tables.factor;
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
