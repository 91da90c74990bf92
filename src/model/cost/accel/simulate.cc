#include "model/cost/accel/simulate.h"

#include "base/bits.h"
#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace lutgemm::model::accel {
namespace {

using base::CeilDiv;

constexpr double kPjPerUj = 1e6;

// Bytes of `rows` rows of `columns` elements, each row rounded up to whole bytes.
uint64_t MatrixBytes(uint64_t rows, uint64_t columns, double bits) {
  return static_cast<uint64_t>(std::ceil(static_cast<double>(columns) * bits / 8.0)) * rows;
}

uint64_t TilesOf(const Accelerator& accelerator, const Product& product, Phase phase) {
  const PeGrid& grid = accelerator.Grid(phase);
  return CeilDiv(product.k, accelerator.lanes) * CeilDiv(product.n, grid.outputs) *
         CeilDiv(product.m, grid.tokens) * product.batch;
}

// Bits that a tile reads from both buffers. Bit-serial arrays take weights in halves of whole
// nibbles (as the authors charge them, 4.06 bits like 8), others in whole bits.
double PortBits(const Accelerator& accelerator, double step_bits, Phase phase) {
  const PeGrid& grid = accelerator.Grid(phase);
  const double weight =
      accelerator.bit_serial ? std::ceil(step_bits / 4.0) * 2.0 : std::ceil(step_bits);
  const double lanes = static_cast<double>(accelerator.lanes);
  return lanes *
         (weight * static_cast<double>(grid.outputs) + kActBits * static_cast<double>(grid.tokens));
}

// Whether every count of a product stays below 2^63, whichever operand is fetched again.
bool Countable(const Accelerator& accelerator, const Product& product) {
  const auto real = [](uint64_t value) { return static_cast<double>(value); };
  const double batch = real(product.batch), m = real(product.m), n = real(product.n);
  const double weights = 8.0 * (real(product.k) + 1.0) * n * batch;  // bytes, at most 64 bits each
  const double inputs = 8.0 * real(product.input_columns) * m * batch;
  const double loads = 1.0 + weights / real(accelerator.weight_buffer_bytes) +
                       inputs / real(accelerator.input_buffer_bytes);
  const double steps = 32.0 * real(product.k) * m * n * batch;
  return real(product.count) * (8.0 * (loads * (weights + inputs) + 2.0 * m * n * batch) + steps) <
         0x1p63;
}

}  // namespace

Cost& Cost::operator+=(const Cost& other) {
  tiles += other.tiles;
  compute_cycles += other.compute_cycles;
  dram_cycles += other.dram_cycles;
  cycles += other.cycles;
  dram_bytes += other.dram_bytes;
  pe_uj += other.pe_uj;
  sram_uj += other.sram_uj;
  dram_uj += other.dram_uj;
  return *this;
}

Refetch RefetchOf(const Accelerator& accelerator, uint64_t weight_bytes, uint64_t input_bytes) {
  const uint64_t weight_loads = CeilDiv(weight_bytes, accelerator.weight_buffer_bytes);
  const uint64_t input_loads = CeilDiv(input_bytes, accelerator.input_buffer_bytes);
  if (weight_loads <= 1 || input_loads <= 1) return {};
  const uint64_t weights_again = input_loads * weight_bytes + input_bytes;
  const uint64_t inputs_again = weight_loads * input_bytes + weight_bytes;
  return weights_again < inputs_again ? Refetch{input_loads, 1} : Refetch{1, weight_loads};
}

Cost CostOf(const Accelerator& accelerator, const Product& product, Phase phase) {
  const uint64_t weights = MatrixBytes(product.n, product.k, product.stored_bits) * product.batch;
  const uint64_t inputs = MatrixBytes(product.m, product.input_columns, kActBits) * product.batch;
  const uint64_t outputs = MatrixBytes(product.m, product.n, kActBits) * product.batch;
  const Refetch refetch = RefetchOf(accelerator, weights, inputs);
  const uint64_t bytes = weights * refetch.weights + inputs * refetch.inputs + outputs;

  Cost cost;
  cost.tiles = product.count * TilesOf(accelerator, product, phase);
  cost.compute_cycles = cost.tiles * StepCycles(accelerator, product.step_bits);
  cost.dram_cycles = product.count * (8 * bytes / accelerator.dram_bits_per_cycle);
  cost.cycles = std::max(cost.compute_cycles, cost.dram_cycles);
  cost.dram_bytes = product.count * bytes;

  const EnergyFigures& energy = accelerator.energy;
  const PeGrid& grid = accelerator.Grid(phase);
  const double moved_bits = 8.0 * static_cast<double>(cost.dram_bytes);
  const double tile_pj =
      2.0 * energy.sram_access_pj +
      energy.sram_read_pj_per_bit * PortBits(accelerator, product.step_bits, phase);
  cost.pe_uj = energy.pe_pj * energy.place_and_route *
               static_cast<double>(grid.outputs * grid.tokens) *
               static_cast<double>(cost.compute_cycles) / kPjPerUj;
  cost.sram_uj =
      (tile_pj * static_cast<double>(cost.tiles) + energy.sram_write_pj_per_bit * moved_bits) /
      kPjPerUj;
  cost.dram_uj = energy.dram_pj_per_bit * moved_bits / kPjPerUj;
  return cost;
}

Result<Cost> Simulate(const Accelerator& accelerator, const LanguageModel& model,
                      const Pass& pass) {
  if (Status status = Validate(accelerator); !status.ok()) return status;
  const Result<std::vector<Product>> products = Products(model, pass, accelerator.kv_bits);
  if (!products.ok()) return products.status();
  Cost total;
  for (const Product& product : *products) {
    if (!Countable(accelerator, product)) {
      return base::MakeStatus(Code::kBadShape, "model ", model.name, ": product '", product.name,
                              "' at context ", pass.context, " is too large to count");
    }
    total += CostOf(accelerator, product, pass.phase);
  }
  return total;
}

}  // namespace lutgemm::model::accel
