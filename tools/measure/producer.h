// Times a producer in front of a product, apart and fused into the preparation of activations: what
// the LUT Tensor Core paper's Table 4 compares on a GPU.
#ifndef LUTGEMM_TOOLS_MEASURE_PRODUCER_H_
#define LUTGEMM_TOOLS_MEASURE_PRODUCER_H_

#include "tools/console/report.h"
#include "tools/measure/product.h"

#include <span>
#include <string_view>

namespace lutgemm::tools {

// "rmsnorm" or "silu".
Result<Producer::Kind> ParseProducer(std::string_view name) noexcept;
std::string_view ProducerName(Producer::Kind kind) noexcept;

struct ProducerResult {
  BenchResult what;  // of the product; its time is that of the lookups alone
  Producer::Kind kind = Producer::Kind::kRmsNorm;
  // Median seconds of one call.
  double produce = 0.0;   // the producer alone, into a buffer
  double separate = 0.0;  // the producer, then BuildTables of the buffer
  double fused = 0.0;     // BuildTables with the producer
  double lookups = 0.0;   // Apply

  // Share that preparation adds to producer and lookups: the columns of Table 4.
  double separate_overhead() const { return (separate - produce) / (produce + lookups); }
  double fused_overhead() const { return (fused - produce) / (produce + lookups); }
};

// Problem::act must be f32, f16 or bf16.
Result<ProducerResult> RunProducer(const BenchWeights& weights, const Problem& problem,
                                   Producer::Kind kind, const TimeSpec& time, Threads* threads);

Json ProducersJson(std::span<const ProducerResult> results);
void PrintProducers(std::span<const ProducerResult> results);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_MEASURE_PRODUCER_H_
