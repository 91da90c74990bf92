#include "model/cost/machine.h"

#include "base/text.h"
#include "model/text/object_reader.h"

namespace lutgemm::model::cost {
namespace {

using text::kCount;
using text::ObjectReader;
using text::Range;

constexpr Range kPositive = {1e-9, 1e12};
constexpr Range kNotNegative = {0, 1e12};

struct TechnologyKey {
  std::string_view key;
  double Technology::*member;
  Range range;
};
constexpr TechnologyKey kTechnologyKeys[] = {
    {"register_ge", &Technology::register_ge, kNotNegative},
    {"mux_ge", &Technology::mux_ge, kNotNegative},
    {"xor_ge", &Technology::xor_ge, kNotNegative},
    {"int_adder_ge", &Technology::int_adder_ge, kNotNegative},
    {"float_adder_ge", &Technology::float_adder_ge, kNotNegative},
    {"int_multiplier_ge", &Technology::int_multiplier_ge, kNotNegative},
    {"float_multiplier_ge", &Technology::float_multiplier_ge, kNotNegative},
    {"um2_per_ge", &Technology::um2_per_ge, kPositive},
    {"lookup_fj", &Technology::lookup_fj, kNotNegative},
    {"fj_per_ge", &Technology::fj_per_ge, kPositive},
    {"multiplier_activity", &Technology::multiplier_activity, {0, 1}},
    {"buffer_ge", &Technology::buffer_ge, kNotNegative},
    {"fanout", &Technology::fanout, {1.5, 1e6}},
    {"wire_fj_per_um", &Technology::wire_fj_per_um, kNotNegative},
    {"wire_activity", &Technology::wire_activity, {0, 1}},
    {"register_file_um2_per_bit", &Technology::register_file_um2_per_bit, kNotNegative},
};

void ReadTechnology(ObjectReader& reader, Technology& technology) {
  for (const TechnologyKey& row : kTechnologyKeys) {
    if (reader.Has(row.key)) reader.Number(row.key, technology.*row.member, row.range);
  }
}

Result<Unit> ParseUnit(std::string_view name) {
  if (name == "mac") return Unit::kMac;
  if (name == "add") return Unit::kAdd;
  if (name == "lut") return Unit::kLut;
  return base::MakeStatus(Code::kBadArgument, "'", name, "' is not mac, add or lut");
}

Result<Act> ParseActText(std::string_view name) { return ParseAct(name); }

void ReadArray(ObjectReader& reader, Machine& machine) {
  Design& design = machine.design;
  reader.Parsed<Unit>("unit", design.unit, &ParseUnit);
  reader.Parsed<Act>("act", design.act, &ParseActText);
  reader.Count("m", design.shape.m, {1, double(kMaxSide)});
  reader.Count("n", design.shape.n, {1, double(kMaxSide)});
  const bool lut = design.unit == Unit::kLut;
  reader.Count("k", design.shape.k, {1, double(lut ? kMaxTableGroup : kMaxSide)});
  reader.Count("acc_bits", design.acc_bits, {8, 64});
  if (lut) reader.Count("table_bits", design.table_bits, {4, 32});
  reader.Count("per_sm", machine.arrays_per_sm);
  reader.Number("fill_cycles", machine.fill_cycles, kNotNegative);
}

void ReadTile(ObjectReader& reader, Tile& tile) {
  reader.Count("block_m", tile.block_m);
  reader.Count("block_n", tile.block_n);
  reader.Count("warp_m", tile.warp_m, {1, double(tile.block_m)});
  reader.Count("warp_n", tile.warp_n, {1, double(tile.block_n)});
  reader.Count("block_k", tile.block_k);
  reader.Count("stages", tile.stages, {1, 64});
}

// Capacity in `unit` bytes.
void ReadLevel(ObjectReader& reader, MemoryLevel& level, std::string_view capacity, double unit) {
  reader.Number(capacity, level.bytes, kPositive);
  level.bytes *= unit;
  reader.Number("bytes_per_cycle", level.bytes_per_cycle, kPositive);
  reader.Number("pj_per_byte", level.pj_per_byte, kNotNegative);
}

constexpr double kKib = 1024, kMib = 1024 * 1024;

void ReadMemory(ObjectReader& reader, Machine& machine) {
  reader.Object("dram", [&](ObjectReader& level) {
    double gb_per_s = 0;
    level.Number("gb_per_s", gb_per_s, kPositive);
    machine.dram.bytes_per_cycle = gb_per_s * 1e3 / machine.clock_mhz;
    level.Number("pj_per_byte", machine.dram.pj_per_byte, kNotNegative);
  });
  reader.Object("l2", [&](ObjectReader& level) { ReadLevel(level, machine.l2, "mib", kMib); });
  reader.Object("shared",
                [&](ObjectReader& level) { ReadLevel(level, machine.shared, "kib", kKib); });
  reader.Object("registers", [&](ObjectReader& level) {
    ReadLevel(level, machine.registers, "kib", kKib);
    level.Number("growth", machine.register_growth, {1, 64});
  });
}

void ReadMachine(ObjectReader& reader, Machine& machine) {
  reader.Text("name", machine.name);
  reader.Text("about", machine.about);
  reader.Number("clock_mhz", machine.clock_mhz, {1, 1e5});
  reader.Count("sms", machine.sms, {1, 1e5});
  reader.Number("vector_adds_per_cycle", machine.vector_adds_per_cycle, kPositive);
  reader.Object("array", [&](ObjectReader& array) { ReadArray(array, machine); });
  reader.Object("tile", [&](ObjectReader& tile) { ReadTile(tile, machine.tile); });
  reader.Object("memory", [&](ObjectReader& memory) { ReadMemory(memory, machine); });
  if (!reader.Has("technology")) return;
  reader.Object("technology", [&](ObjectReader& t) { ReadTechnology(t, machine.technology); });
}

}  // namespace

Result<Machine> ParseMachine(std::string_view text, std::string_view file) {
  return text::ReadObjectFile<Machine>(text, file, ObjectReader::Others::kRefused, &ReadMachine);
}

Design DesignFor(const Machine& machine, unsigned weight_bits) {
  Design design = machine.design;
  design.weight_bits = weight_bits;
  return design;
}

double PeakMacsPerCycle(const Machine& machine, unsigned weight_bits) {
  const Design design = DesignFor(machine, weight_bits);
  return double(design.shape.macs()) / CyclesPerStep(design) * double(machine.arrays_per_sm) *
         double(machine.sms);
}

double PeakTops(const Machine& machine, unsigned weight_bits) {
  return 2 * PeakMacsPerCycle(machine, weight_bits) * machine.clock_mhz * 1e-6;
}

}  // namespace lutgemm::model::cost
