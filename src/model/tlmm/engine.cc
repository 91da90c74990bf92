#include "model/tlmm/engine.h"

#include "base/bits.h"
#include "base/text.h"
#include "model/tlmm/table.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lutgemm::model::tlmm {
namespace {

using base::CeilDiv;

constexpr size_t kMaxParallel = size_t{1} << 16;
constexpr size_t kMaxPlain = size_t{1} << 40;  // ports, bytes, cycles
// Weights of 2^24 x 2^24 arrive within 2^62 cycles.
constexpr double kLeastBytesPerCycle = 0x1p-14;

struct RangeCheck {
  std::string_view what;
  size_t value, low, high;
};

size_t GroupsPerWord(const Config& c) { return c.word_bits / BitsPerGroup(c.encoding, c.group); }

// Cycles that the ports need for T * Q lookups.
size_t CyclesPerQuery(const Config& c) {
  const size_t limit = PortLookups(c);
  return limit == 0 ? 1 : CeilDiv(c.tables * c.queries, limit);
}

// Cycles to build T tables side by side.
size_t BuildCycles(const Config& c) { return CeilDiv(TableAdds(c.group, c.half), c.build_adders); }

size_t Passes(const Config& c, size_t k) { return CeilDiv(k, c.tables * c.group); }

// The wait for weights of a GEMM whose other work takes `cycles`.
size_t DramStalls(const Config& c, const Counts& counts, size_t cycles) {
  if (counts.fits_buffer || c.dram_bytes_per_cycle <= 0) return 0;
  const double arrival = std::ceil(double(counts.weight_bytes) / c.dram_bytes_per_cycle);
  return arrival > double(cycles) ? static_cast<size_t>(arrival) - cycles : 0;
}

void CountWeights(const Config& c, size_t n, size_t k, size_t weight_bytes, Counts& counts) {
  counts.weight_bytes = weight_bytes;
  counts.fits_buffer = c.buffer_bytes == 0 || BufferBytes(c, n, k) <= c.buffer_bytes;
}

// One token: its activations, and the outputs that grow pass by pass.
struct Token {
  std::span<const int8_t> activations;
  std::span<int32_t> outputs;
};

class Engine {
 public:
  Engine(const Config& config, const TritMatrix& weights)
      : config_(config), weights_(weights), tables_(config.tables) {}

  void Run(const Token& token) {
    for (size_t pass = 0; pass < Passes(config_, weights_.k()); ++pass) {
      const size_t begin = pass * config_.tables;
      const size_t end = std::min(begin + config_.tables, weights_.groups());
      BuildTables(token, begin, end);
      LookUp(token, begin, end);
    }
  }
  Counts TakeCounts() {
    counts_.fill_cycles = BuildCycles(config_) + config_.fill_cycles;
    CountWeights(config_, weights_.n(), weights_.k(), weights_.bytes(), counts_);
    counts_.dram_stalls = DramStalls(config_, counts_, counts_.cycles());
    return counts_;
  }

 private:
  // Tables of groups begin..end, the last filled up with activations of 0. All but the first wait
  // only where they take longer than the lookups before.
  void BuildTables(const Token& token, size_t begin, size_t end) {
    for (size_t g = begin; g < end; ++g) {
      int8_t group[kMaxGroup] = {};
      const auto from = token.activations.subspan(g * config_.group);
      std::copy_n(from.begin(), std::min<size_t>(config_.group, from.size()), group);
      tables_[g - begin].Build(std::span(group, config_.group), config_.half, &counts_.table_adds);
    }
    const size_t build = BuildCycles(config_);
    if (!first_ && build > last_pass_) counts_.build_stalls += build - last_pass_;
    first_ = false;
  }

  // Q outputs per step, each adding one entry of every table.
  void LookUp(const Token& token, size_t begin, size_t end) {
    last_pass_ = 0;
    for (size_t first = 0; first < weights_.n(); first += config_.queries) {
      const size_t last = std::min(first + config_.queries, weights_.n());
      for (size_t output = first; output < last; ++output) {
        for (size_t g = begin; g < end; ++g) {
          token.outputs[output] += tables_[g - begin].Read(weights_.At(output, g));
        }
        counts_.lookups += end - begin;
      }
      ++counts_.lookup_cycles;
      counts_.port_stalls += CyclesPerQuery(config_) - 1;
      last_pass_ += CyclesPerQuery(config_);
    }
  }

  const Config& config_;
  const TritMatrix& weights_;
  std::vector<Table> tables_;
  Counts counts_;
  size_t last_pass_ = 0;
  bool first_ = true;
};

Status CheckFit(const Config& config, const TritMatrix& weights,
                std::span<const int8_t> activations, size_t m) {
  if (weights.encoding() != config.encoding || weights.group() != config.group) {
    return base::MakeStatus(Code::kBadArgument, "weights in encoding ", Name(weights.encoding()),
                            " with groups of ", weights.group(), "; the engine reads ",
                            Name(config.encoding), " with groups of ", config.group);
  }
  size_t count = 0;
  if (m == 0 || !base::CheckedMul(m, weights.k(), &count) || count != activations.size()) {
    return base::MakeStatus(Code::kBadShape, activations.size(), " activations are not ", m, " x ",
                            weights.k());
  }
  constexpr size_t kMaxSafeK = std::numeric_limits<int32_t>::max() / 128;
  if (weights.k() > kMaxSafeK) {
    return base::MakeStatus(Code::kBadShape, "K = ", weights.k(),
                            " could overflow int32; the limit is ", kMaxSafeK);
  }
  return {};
}

}  // namespace

Status Validate(const Config& c) {
  const unsigned only = GroupOf(c.encoding);
  if (only != 0 && c.group != only) {
    return base::MakeStatus(Code::kBadArgument, "encoding ", Name(c.encoding), " takes groups of ",
                            only, ", not ", c.group);
  }
  const RangeCheck checks[] = {{"group", c.group, 1, kMaxGroup},
                               {"tables", c.tables, 1, kMaxParallel},
                               {"queries", c.queries, 1, kMaxParallel},
                               {"build adders", c.build_adders, 1, kMaxParallel},
                               {"fill cycles", c.fill_cycles, 0, kMaxPlain},
                               {"ports", c.ports, 0, kMaxParallel},
                               {"word bits", c.word_bits, 16, 4096},
                               {"buffer bytes", c.buffer_bytes, 0, kMaxPlain}};
  for (const RangeCheck& check : checks) {
    if (check.value >= check.low && check.value <= check.high) continue;
    return base::MakeStatus(Code::kBadArgument, check.what, " ", check.value, " is not in ",
                            check.low, "..", check.high);
  }
  if (c.dram_bytes_per_cycle != 0 && !(c.dram_bytes_per_cycle >= kLeastBytesPerCycle)) {
    return base::MakeStatus(Code::kBadArgument, "DRAM bytes per cycle ", c.dram_bytes_per_cycle,
                            " must be 0, or ", kLeastBytesPerCycle, " or more");
  }
  return {};
}

size_t PortLookups(const Config& c) {
  if (c.straddle) return c.ports * c.word_bits / BitsPerGroup(c.encoding, c.group);
  return c.ports * GroupsPerWord(c);
}

size_t BufferBytes(const Config& c, size_t n, size_t k) {
  const size_t groups = n * CeilDiv(k, c.group);
  const size_t words = c.straddle ? CeilDiv(groups * BitsPerGroup(c.encoding, c.group), c.word_bits)
                                  : CeilDiv(groups, GroupsPerWord(c));
  return CeilDiv(words * c.word_bits, 8);
}

Counts CountGemm(const Config& c, const Shape& product) {
  const auto [m, n, k] = product;
  const size_t passes = m * Passes(c, k);
  const size_t queries = CeilDiv(n, c.queries);
  const size_t pass_cycles = queries * CyclesPerQuery(c);
  const size_t build = BuildCycles(c);
  Counts counts;
  counts.lookup_cycles = passes * queries;
  counts.port_stalls = passes * (pass_cycles - queries);
  counts.build_stalls = build > pass_cycles ? (passes - 1) * (build - pass_cycles) : 0;
  counts.fill_cycles = build + c.fill_cycles;
  counts.lookups = m * n * CeilDiv(k, c.group);
  counts.table_adds = m * CeilDiv(k, c.group) * TableAdds(c.group, c.half);
  CountWeights(c, n, k, PackedBytes(c.encoding, c.group, n, k), counts);
  counts.dram_stalls = DramStalls(c, counts, counts.cycles());
  return counts;
}

Result<Product> Multiply(const Config& config, const TritMatrix& weights,
                         std::span<const int8_t> activations, size_t m) {
  if (const Status valid = Validate(config); !valid.ok()) return valid;
  if (const Status fit = CheckFit(config, weights, activations, m); !fit.ok()) return fit;
  Product product;
  product.outputs.resize(m * weights.n());
  Engine engine(config, weights);
  for (size_t token = 0; token < m; ++token) {
    engine.Run({activations.subspan(token * weights.k(), weights.k()),
                std::span(product.outputs).subspan(token * weights.n(), weights.n())});
  }
  product.counts = engine.TakeCounts();
  return product;
}

size_t IndexBitsPerCycle(const Config& c) {
  return c.tables * c.queries * BitsPerGroup(c.encoding, c.group);
}

}  // namespace lutgemm::model::tlmm
