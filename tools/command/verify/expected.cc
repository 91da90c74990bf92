#include "tools/command/verify/expected.h"

#include "base/bits.h"
#include "ref/blocks.h"
#include "ref/gemm.h"
#include "ref/modes.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr double kOutlierShare = 0.005;
constexpr float kOutlierTimes = 20.0f;

// What int8 with one scale per block makes of the activations.
std::vector<float> RoundToInt8(const WeightInfo& info, std::span<const float> acts, size_t block) {
  std::vector<float> rounded(acts.size());
  for (size_t token = 0; token < acts.size() / info.k; ++token) {
    for (const ref::Span& run : ref::ScaledTogether(info, block, true)) {
      const size_t at = token * info.k + run.begin();
      const auto codes = ref::QuantizeActs(acts.subspan(at, run.size()));
      for (size_t i = 0; i < run.size(); ++i) rounded[at + i] = codes.scale * codes.codes[i];
    }
  }
  return rounded;
}

}  // namespace

std::vector<float> VerifyActs(size_t k, Random& random) {
  std::vector<float> acts = RandomActs(kVerifyTokens * k, random);
  const auto outliers = static_cast<size_t>(std::lround(double(k) * kOutlierShare));
  for (size_t token = kKindTokens; token < kVerifyTokens; ++token) {
    std::set<size_t> places;
    while (places.size() < std::max<size_t>(1, outliers)) {
      places.insert(random.Below(static_cast<uint32_t>(k)));
    }
    for (const size_t place : places) acts[token * k + place] *= kOutlierTimes;
  }
  return acts;
}

std::vector<float> ScalarLoops(const QuantizedMatrix& matrix, std::span<const float> acts,
                               const Preparation& preparation) {
  const size_t tokens = acts.size() / matrix.info.k, block = preparation.block;
  const Method method = preparation.method;
  const bool exact = preparation.mode == Mode::kExact;
  if ((exact || IsInt8(method)) && ref::AreSpans(matrix.info, block)) {
    return exact ? ref::ExactSpanGemm(matrix, acts, tokens)
                 : ref::FastDotSpanGemm(matrix, acts, tokens);
  }
  if (exact) return ref::ExactGemm(matrix, acts, tokens, block);
  if (IsInt8(method)) return ref::FastDotGemm(matrix, acts, tokens, block);
  const size_t length = TableLength(method);
  if (method == Method::kLut4 || method == Method::kLut5) {
    return ref::FastPlanesGemm(matrix, acts, tokens, block, length);
  }
  // A block that holds the whole row is as long as the padded row.
  return ref::FastTritsGemm(matrix, acts, tokens, base::RoundUp(block, length), length);
}

Expectations::Expectations(const QuantizedMatrix& sample, std::vector<float> acts)
    : sample_(sample),
      acts_(std::move(acts)),
      exact_(ref::GemmF64(sample_, acts_, kVerifyTokens)) {}

const Expected& Expectations::Of(const Preparation& preparation) {
  const bool exact = preparation.mode == Mode::kExact;
  const Method method = exact ? Method::kDot : preparation.method;
  const auto key = std::make_tuple(preparation.mode, method, preparation.block);
  const auto [at, fresh] = expected_.try_emplace(key);
  if (fresh) {
    at->second = {ScalarLoops(sample_, acts_, preparation),
                  ErrorBounds(sample_, acts_, preparation)};
  }
  return at->second;
}

const std::vector<double>& Expectations::OfInt8(size_t block) {
  const auto [at, fresh] = int8_.try_emplace(block);
  if (fresh) {
    at->second = ref::GemmF64(sample_, RoundToInt8(sample_.info, acts_, block), kVerifyTokens);
  }
  return at->second;
}

}  // namespace lutgemm::tools
