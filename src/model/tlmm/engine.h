// A ternary table-lookup engine (TLMM): T tables of G activations each live at the same time; in
// every cycle Q outputs fetch one entry of each and add them up. Results are exact; cycles are
// counted. How many tables and queries the paper's engine has is not known: both are parameters.
#ifndef LUTGEMM_MODEL_TLMM_ENGINE_H_
#define LUTGEMM_MODEL_TLMM_ENGINE_H_

#include "model/tlmm/trits.h"

#include <lutgemm/model/shape.hpp>

namespace lutgemm::model::tlmm {

struct Config {
  unsigned group = 3;   // G, 1..kMaxGroup
  size_t tables = 32;   // T
  size_t queries = 16;  // Q
  bool half = true;     // half tables with a sign, or all 3^G entries
  Encoding encoding = Encoding::kIndex;
  size_t build_adders = 1;  // per table: entries it computes per cycle
  size_t fill_cycles = 0;   // of the adder tree, once per GEMM

  // Weight buffer: `ports` words per cycle of `word_bits`, whose groups do not straddle words
  // unless `straddle`. ports = 0: as many as the lookups need.
  size_t ports = 0;
  size_t word_bits = 72;
  bool straddle = false;
  size_t buffer_bytes = 0;          // 0: holds any matrix
  double dram_bytes_per_cycle = 0;  // 0: never waits; otherwise 2^-14 or more
};

// kBadArgument where a field is out of range or the encoding does not take the group.
Status Validate(const Config& config);

// Lookups per cycle that the buffer's ports can feed; 0: not limited.
size_t PortLookups(const Config& config);
// Bytes of the buffer that n x k weights take, in whole words.
size_t BufferBytes(const Config& config, size_t n, size_t k);

struct Counts {
  // Cycles; their sum is cycles().
  size_t lookup_cycles = 0;  // M * ceil(K / (T * G)) * ceil(N / Q)
  size_t port_stalls = 0;    // more lookups than the ports feed
  size_t build_stalls = 0;   // the next tables take longer than the lookups of these
  size_t dram_stalls = 0;    // weights that do not fit the buffer arrive too late
  size_t fill_cycles = 0;    // first tables, adder tree

  size_t lookups = 0;  // entries read, of groups that exist
  size_t table_adds = 0;
  size_t weight_bytes = 0;  // packed, read from DRAM once
  bool fits_buffer = true;

  size_t cycles() const {
    return lookup_cycles + port_stalls + build_stalls + dram_stalls + fill_cycles;
  }
  bool operator==(const Counts&) const = default;
};

// Counts of O[M,N] = A[M,K] x W[N,K]^T in closed form. The configuration must be valid, sides 1 to
// 2^24. Schedule (ours): tables of the next T * G activations are built while these are looked up;
// weights beyond the buffer stream through it by ranges of K, each used for all tokens.
Counts CountGemm(const Config& config, const Shape& product);

struct Product {
  std::vector<int32_t> outputs;  // [M][N]
  Counts counts;                 // counted while running; equal to CountGemm
};
// Multiplies. `activations` is [M][K]; weights are packed in the configuration's encoding.
// kBadShape where sizes do not fit or K could overflow int32, kBadArgument for the rest.
Result<Product> Multiply(const Config& config, const TritMatrix& weights,
                         std::span<const int8_t> activations, size_t m);

// Index bits per cycle while nothing stalls.
size_t IndexBitsPerCycle(const Config& config);

}  // namespace lutgemm::model::tlmm

#endif  // LUTGEMM_MODEL_TLMM_ENGINE_H_
