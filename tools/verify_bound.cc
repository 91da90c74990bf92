#include "tools/verify_bound.h"

#include "base/bits.h"
#include "layout/layout.h"
#include "tools/sample.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lutgemm::tools {
namespace {

constexpr double kOutlierShare = 0.005;
constexpr double kGaussianBound = 1.25, kOutlierBound = 0.5;
constexpr double kMediumOutlierBound = 0.75;  // blocks below 32
// Of the few activations of a shorter block int8 represents the largest without error, all of them
// perhaps: no ratio bounds tables there.
constexpr size_t kMediumBlock = 32, kShortBlock = 16, kShortFivesBlock = 64, kShortTritsBlock = 40;

const TableError& TablesOf(const BoundFacts& facts, std::string_view family) {
  if (family == "fives") return facts.fives;
  return family == "triples" ? facts.triples : facts.tables;
}

// Blocks that a ratio bounds are as long at least.
size_t ShortestOf(std::string_view family) {
  if (family == "fives") return kShortFivesBlock;
  return family == "planes" ? kShortBlock : kShortTritsBlock;
}

// How far the ratio of two measured errors may lie above its expectation: four standard deviations.
// It scatters with the outputs that are compared, less so the more independent they are, with few
// outliers making a few tokens count for most; and with the blocks, whose scales are random, too.
double SlackOf(const BoundFacts& facts, const ProductCheck& check) {
  const double common = std::max(facts.correlation, TablesOf(facts, FamilyOf(check.row)).common);
  const double outputs = 1.0 / double(facts.outputs) + common;
  const double tokens = check.outliers ? 1.0 + 2.0 / double(OutliersOf(facts.k)) : 1.0;
  const double blocks = 0.1 / double(base::CeilDiv(facts.k, check.block));
  return 1.0 + 4.0 * std::sqrt((4.0 * tokens * outputs + blocks) / double(kVerifyTokens));
}

}  // namespace

size_t OutliersOf(size_t k) {
  return std::max<size_t>(1, static_cast<size_t>(std::lround(double(k) * kOutlierShare)));
}

std::string_view FamilyOf(std::string_view row) {
  for (const RowInfo& info : Rows()) {
    if (info.name == row) return info.family;
  }
  return {};
}

bool IsInt8(std::string_view family) { return family == "dot" || family == "book"; }

BoundFacts FactsOf(const QuantizedMatrix& sample, bool trits) {
  BoundFacts facts{sample.info.n, sample.info.k, {}, {}, {}, RowCorrelation(sample)};
  if (trits) {
    facts.tables = PredictTableError(sample, TableIndex::kDigits, layout::kTritsPerByte);
    facts.triples = PredictTableError(sample, TableIndex::kDigits, 3);
  } else {
    facts.tables = PredictTableError(sample, TableIndex::kBits, 4);
    facts.fives = PredictTableError(sample, TableIndex::kBits, 5);
  }
  return facts;
}

double BoundFor(const BoundFacts& facts, const ProductCheck& check) {
  const double slack = SlackOf(facts, check);
  const std::string_view family = FamilyOf(check.row);
  if (IsInt8(family)) return check.outliers ? kOutlierBound * slack : kGaussianBound * slack;
  const double tables = slack * TablesOf(facts, family).factor;
  if (check.block < ShortestOf(family)) return std::numeric_limits<double>::infinity();
  if (!check.outliers) return kGaussianBound * tables;
  return (check.block < kMediumBlock ? kMediumOutlierBound : kOutlierBound) * tables;
}

}  // namespace lutgemm::tools
