#include "tools/command/verify/tensor.h"

#include "layout/layout.h"
#include "ref/error.h"
#include "ref/gemm.h"
#include "tools/command/verify/calls.h"
#include "tools/command/verify/expected.h"
#include "tools/command/verify/onednn.h"
#include "tools/command/verify/regimes.h"
#include "tools/command/verify/table_factor.h"
#include "tools/console/report.h"
#include "tools/measure/onednn.h"
#include "tools/measure/sample.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr size_t kMaxOutputs = 256;  // outputs compared per tensor, evenly spread
// Activations and outputs of one call at most, 1 GiB: tensors with a side of a million are spared
// the calls of most tokens.
constexpr size_t kMaxCall = size_t{1} << 28;

bool SameBits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

double TableFactorOf(const QuantizedMatrix& sample, LayoutId layout) {
  return layout == LayoutId::kTrits
             ? TableFactor(sample, TableIndex::kDigits, layout::kTritsPerByte)
             : TableFactor(sample, TableIndex::kBits, 4);
}

// The largest error as a share of its bound; NaN counts as infinite, outputs without a bound as 0.
double ShareOfBound(std::span<const float> outputs, std::span<const double> exact,
                    std::span<const double> bounds) {
  double largest = 0.0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (std::isinf(bounds[i])) continue;
    const double error = std::fabs(outputs[i] - exact[i]);
    const double share = error == 0.0 ? 0.0 : error / bounds[i];
    largest = std::max(largest, std::isnan(share) ? HUGE_VAL : share);
  }
  return largest;
}

// What is wrong with a measured check, or nothing.
std::string Judge(const ProductCheck& check) {
  if (!check.bits_equal) return "outputs differ from the scalar loops that define them";
  if (check.of_bound <= 1.0) return {};
  return fmt::format("an output is {:.3g} times as far from float64 as it may be", check.of_bound);
}

// All checks of one tensor.
class Verifier {
 public:
  Verifier(const PackedWeights& weights, const QuantizedMatrix& matrix, const VerifySpec& spec,
           Threads* threads)
      : weights_(weights),
        matrix_(matrix),
        spec_(spec),
        threads_(threads),
        outputs_(SpreadIndices(matrix.info.n, kMaxOutputs)),
        sample_(TakeRows(matrix, outputs_)),
        random_(spec.seed),
        expected_(sample_, VerifyActs(matrix.info.k, random_)) {}

  Result<TensorReport> Run() {
    report_.table_factor = TableFactorOf(sample_, weights_.layout());
    for (const Mode mode : {Mode::kExact, Mode::kFast}) {
      Result<std::vector<size_t>> regimes = TokenRegimes(weights_, ProblemFor(mode, 1));
      if (!regimes.ok()) return regimes.status();
      std::erase_if(*regimes,
                    [&](size_t m) { return m > 1 && m * (info().n + info().k) > kMaxCall; });
      for (const size_t m : *regimes) {
        if (Status status = CheckCalls(mode, m); !status.ok()) return status;
      }
      if (mode == Mode::kFast) continue;
      if (Status status = CheckInteger(regimes->back()); !status.ok()) return status;
    }
    if (Status status = CheckAllOutputs(); !status.ok()) return status;
    if (Status status = CheckOneDnn(); !status.ok()) return status;
    return std::move(report_);
  }

 private:
  const WeightInfo& info() const { return matrix_.info; }

  Problem ProblemFor(Mode mode, size_t m) const {
    Problem problem;
    problem.m = m;
    problem.mode = mode;
    problem.threads = spec_.threads;
    problem.target = spec_.target;
    return problem;
  }

  void Fail(std::string text) { report_.failures.push_back(std::move(text)); }

  // One plan: every token of every call against the scalar loops, the first of each kind against
  // float64.
  Status CheckCalls(Mode mode, size_t m) {
    const Result<Plan> plan = MakePlan(weights_, ProblemFor(mode, m));
    if (!plan.ok()) return plan.status();
    const Preparation preparation{mode, plan->method(), plan->block()};
    const Expected& expected = expected_.Of(preparation);
    const std::vector<size_t> tokens = ArrangeTokens(kVerifyTokens, m, random_);
    const auto out = Calls<float>{*plan, info().n, m, threads_, outputs_}.Run(
        std::as_bytes(std::span(expected_.acts())), kVerifyTokens, tokens);
    if (!out.ok()) return out.status();
    const bool equal = AllEqual(*out, tokens, expected.loops);
    const std::vector<float> first = FirstOfEach(*out, tokens);
    for (const bool outliers : {false, true}) {
      ProductCheck check;
      check.mode = mode;
      check.outliers = outliers;
      check.m = m;
      check.kernel = plan->kernel();
      check.target = plan->target();
      check.block = preparation.block;
      check.bits_equal = equal;
      Measure(first, expected, check);
    }
    return {};
  }

  // Whether every token gave what its kind gives by the scalar loops.
  bool AllEqual(std::span<const float> out, std::span<const size_t> tokens,
                std::span<const float> loops) const {
    const size_t n = outputs_.size();
    for (size_t i = 0; i < out.size(); ++i) {
      if (!SameBits(out[i], loops[tokens[i / n] * n + i % n])) return false;
    }
    return true;
  }

  std::vector<float> FirstOfEach(std::span<const float> out, std::span<const size_t> tokens) const {
    const size_t n = outputs_.size();
    std::vector<float> first(kVerifyTokens * n);
    for (size_t i = tokens.size(); i-- > 0;) {
      std::copy_n(&out[i * n], n, &first[tokens[i] * n]);
    }
    return first;
  }

  // Errors of one kind of activations; keeps the check.
  void Measure(std::span<const float> outputs, const Expected& expected, ProductCheck& check) {
    const size_t count = kKindTokens * outputs_.size(), begin = check.outliers ? count : 0;
    const auto part = [&](auto values) { return values.subspan(begin, count); };
    const auto exact = part(std::span(expected_.exact()));
    check.nmse = ref::Nmse(part(outputs), exact);
    check.int8_nmse = ref::Nmse(part(std::span(expected_.OfInt8(check.block))), exact);
    check.of_bound = ShareOfBound(part(outputs), exact, part(std::span(expected.bounds)));
    const std::string wrong = Judge(check);
    check.ok = wrong.empty();
    if (!check.ok) {
      Fail(fmt::format("{} mode, {} activations, M = {}, kernel {} on {}: {}", Name(check.mode),
                       check.outliers ? "outlier" : "Gaussian", check.m, check.kernel, check.target,
                       wrong));
    }
    report_.checks.push_back(std::move(check));
  }

  // int32 outputs of one token, of as many as are compared, and of `most`.
  Status CheckInteger(size_t most) {
    if (info().zero == ZeroKind::kFloat) return {};
    const std::vector<int8_t> acts = IntegerActs();
    const std::vector<int64_t> exact = ref::GemmInteger(sample_, acts, kVerifyTokens);
    for (const size_t m : {size_t{1}, kVerifyTokens, std::max(most, kVerifyTokens + 1)}) {
      Problem problem = ProblemFor(Mode::kExact, m);
      problem.act = Elem::kI8;
      problem.out = Elem::kI32;
      const Result<Plan> plan = MakePlan(weights_, problem);
      if (plan.status().code() == Code::kOverflow) return {};
      if (!plan.ok()) return plan.status();
      const std::vector<size_t> tokens = ArrangeTokens(kVerifyTokens, m, random_);
      const auto out = Calls<int32_t>{*plan, info().n, m, threads_, outputs_}.Run(
          std::as_bytes(std::span(acts)), kVerifyTokens, tokens);
      if (!out.ok()) return out.status();
      bool equal = true;
      for (size_t i = 0; i < out->size(); ++i) {
        const size_t n = outputs_.size();
        equal = equal && (*out)[i] == exact[tokens[i / n] * n + i % n];
      }
      report_.integer_equal = report_.integer_equal.value_or(true) && equal;
      if (equal) continue;
      Fail(fmt::format("int32 output, M = {}, kernel {} on {}: differs from the integer product", m,
                       plan->kernel(), plan->target()));
    }
    return {};
  }

  // Random int8 activations; the first two tokens have the largest and the smallest that there are.
  std::vector<int8_t> IntegerActs() {
    std::vector<int8_t> acts(kVerifyTokens * info().k);
    for (size_t i = 0; i < acts.size(); ++i) {
      const size_t token = i / info().k;
      const int value = token == 0   ? 127
                        : token == 1 ? -128
                                     : static_cast<int>(random_.Below(256)) - 128;
      acts[i] = static_cast<int8_t>(value);
    }
    return acts;
  }

  // Of tensors that have more outputs than are compared: all of them, of one token in mode exact,
  // so that every stored code counts.
  Status CheckAllOutputs() {
    if (outputs_.size() == info().n) return {};
    const Result<Plan> plan = MakePlan(weights_, ProblemFor(Mode::kExact, 1));
    if (!plan.ok()) return plan.status();
    const std::span<const float> act = std::span(expected_.acts()).first(info().k);
    const std::vector<float> same =
        ScalarLoops(matrix_, act, {Mode::kExact, plan->method(), plan->block()});
    const std::vector<size_t> all = SpreadIndices(info().n, info().n), one = {0};
    const auto out =
        Calls<float>{*plan, info().n, 1, threads_, all}.Run(std::as_bytes(act), 1, one);
    if (!out.ok()) return out.status();
    for (size_t i = 0; i < same.size(); ++i) {
      if (SameBits(same[i], (*out)[i])) continue;
      Fail(
          fmt::format("exact mode, M = 1, kernel {} on {}: output {} differs from the scalar loops "
                      "that define it",
                      plan->kernel(), plan->target(), i));
      break;
    }
    return {};
  }

  // The oracle itself against an independent library, on Gaussian activations.
  Status CheckOneDnn() {
    if (!HaveOneDnn()) return {};
    const auto acts = std::span(expected_.acts()).first(kKindTokens * info().k);
    const auto exact = std::span(expected_.exact()).first(kKindTokens * outputs_.size());
    const Result<OneDnnComparison> found = CompareOneDnn(sample_, acts, exact);
    if (!found.ok()) return found.status();
    report_.onednn_nmse = found->nmse;
    if (found->within_bound) return {};
    Fail(fmt::format(
        "oneDNN's f32 product is farther from float64 than roundings explain, by NMSE {}",
        ErrorText(found->nmse)));
    return {};
  }

  const PackedWeights& weights_;
  const QuantizedMatrix& matrix_;
  const VerifySpec& spec_;
  Threads* threads_;
  const std::vector<size_t> outputs_;  // that are compared
  const QuantizedMatrix sample_;       // their weights
  Random random_;
  Expectations expected_;
  TensorReport report_;
};

}  // namespace

Result<TensorReport> VerifyTensor(const PackedWeights& weights, const QuantizedMatrix& matrix,
                                  const VerifySpec& spec, Threads* threads) {
  return Verifier(weights, matrix, spec, threads).Run();
}

}  // namespace lutgemm::tools
