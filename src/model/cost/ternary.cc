#include "model/cost/ternary.h"

#include "base/bits.h"
#include "base/text.h"
#include "model/tlmm/table.h"

#include <bit>

namespace lutgemm::model::cost {
namespace {

constexpr unsigned kPlanes = 2;

struct EngineKind {
  tlmm::Encoding encoding;
  unsigned group;
  bool half;
};
constexpr EngineKind kEngines[] = {
    {tlmm::Encoding::kTl1, 2, true},   {tlmm::Encoding::kTl2, 3, true},
    {tlmm::Encoding::kIndex, 3, true}, {tlmm::Encoding::kIndex, 3, false},
    {tlmm::Encoding::kIndex, 4, true}, {tlmm::Encoding::kByte5, 5, true},
};

// Two planes of equal weight, t = (u + v) / 2: no correction, two lookups per group.
TernaryRow PlanesRow(const Shape& gemm, const TernarySpec& spec, unsigned table_bits) {
  Design design = LutTensorCoreDesign(spec.shape, Act::kI8, kPlanes);
  design.table_bits = table_bits;
  design.acc_bits = spec.acc_bits;
  const double tables = double(gemm.m) * double(base::CeilDiv(gemm.k, spec.shape.k));
  TernaryRow row;
  row.engine = "two planes " + Name(spec.shape);
  row.encoding = "planes";
  row.exact = table_bits >= RawTableBits(Act::kI8, spec.shape.k);
  row.readers = Units(spec.shape);
  row.trits_per_group = static_cast<unsigned>(spec.shape.k);
  row.lookups_per_group = kPlanes;
  row.entry_bits = table_bits;
  row.entries = TableEntries(design);
  row.table_bits = TableBits(spec.shape, table_bits);
  row.weight_bits = kPlanes;
  row.weight_bytes = gemm.n * ((gemm.k * kPlanes + 7) / 8);
  row.index_bits_per_cycle = spec.shape.n * spec.shape.k;
  row.cycles = ArrayCycles(gemm, design);
  row.lookups = tables * double(gemm.n) * kPlanes;
  row.table_adds = tables * double(PrecomputeAdds(spec.shape.k, true));
  row.area_um2 = Area(design, spec.technology).PaperScope();
  return row;
}

tlmm::Config ConfigOf(const TernarySpec& spec, const EngineKind& kind) {
  tlmm::Config config = spec.engine;
  config.queries = Units(spec.shape) / config.tables;
  config.group = kind.group;
  config.half = kind.half;
  config.encoding = kind.encoding;
  return config;
}

TernaryRow EngineRow(const Shape& gemm, const TernarySpec& spec, const EngineKind& kind) {
  const tlmm::Config config = ConfigOf(spec, kind);
  const tlmm::Counts counts = tlmm::CountGemm(config, gemm);
  TernaryRow row;
  row.engine = base::Cat("tlmm G=", kind.group, kind.half ? " half" : " full");
  row.encoding = std::string(tlmm::Name(kind.encoding));
  row.readers = Units(spec.shape);
  row.trits_per_group = kind.group;
  row.entry_bits = tlmm::EntryBits(kind.group);
  row.entries = tlmm::TableEntries(kind.group, kind.half);
  row.table_bits = config.tables * row.entries * row.entry_bits;
  row.weight_bits = double(tlmm::BitsPerGroup(kind.encoding, kind.group)) / kind.group;
  row.weight_bytes = counts.weight_bytes;
  row.index_bits_per_cycle = tlmm::IndexBitsPerCycle(config);
  row.cycles = double(counts.cycles());
  row.stall_cycles = double(counts.port_stalls + counts.build_stalls + counts.dram_stalls);
  row.fits_buffer = counts.fits_buffer;
  row.lookups = double(counts.lookups);
  row.table_adds = double(counts.table_adds);
  row.area_um2 = EngineArea(config, spec.acc_bits, spec.technology);
  return row;
}

}  // namespace

double EngineArea(const tlmm::Config& config, unsigned acc_bits, const Technology& t) {
  const double tables = double(config.tables), queries = double(config.queries);
  const double readers = tables * queries;
  const double bits = tlmm::EntryBits(config.group);
  const double entries = double(tlmm::TableEntries(config.group, config.half));
  const double tree_bits = bits + double(std::bit_width(config.tables - 1));
  double ge = t.register_ge * (tables * entries * bits + queries * acc_bits +
                               readers * tlmm::BitsPerGroup(config.encoding, config.group));
  ge += readers * t.mux_ge * bits * (entries - 1);
  if (config.half) ge += readers * t.xor_ge * bits;
  ge += queries * t.int_adder_ge * ((tables - 1) * tree_bits + acc_bits);
  ge += tables * double(config.build_adders) * t.int_adder_ge * bits;
  return ge * t.um2_per_ge;
}

Result<std::vector<TernaryRow>> CompareTernary(const Shape& gemm, const TernarySpec& spec) {
  if (const Status valid = ValidateProduct(gemm); !valid.ok()) return valid;
  const size_t units = Units(spec.shape), tables = spec.engine.tables;
  if (tables == 0 || units % tables != 0) {
    return base::MakeStatus(Code::kBadArgument, units, " units do not divide by ", tables,
                            " tables");
  }
  for (const EngineKind& kind : kEngines) {
    const Status valid = tlmm::Validate(ConfigOf(spec, kind));
    if (!valid.ok()) return valid;
  }
  const unsigned raw = RawTableBits(Act::kI8, spec.shape.k);
  std::vector<TernaryRow> rows = {PlanesRow(gemm, spec, raw), PlanesRow(gemm, spec, 8)};
  for (const EngineKind& kind : kEngines) rows.push_back(EngineRow(gemm, spec, kind));
  return rows;
}

}  // namespace lutgemm::model::cost
