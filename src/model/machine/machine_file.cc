#include "model/machine/machine_file.h"

#include "base/names.h"
#include "base/text.h"
#include "model/isa/operands.h"
#include "model/machine/array.h"
#include "model/text/object_reader.h"

#include <algorithm>

namespace lutgemm::model::machine {
namespace {

using text::kCount;
using text::ObjectReader;
using text::Range;

constexpr size_t kKib = 1024, kMib = 1024 * 1024;
constexpr Range kPositive = {1e-9, 1e12};
constexpr Range kNotNegative = {0, 1e12};

struct TechnologyKey {
  std::string_view key;
  double cost::Technology::*member;
  Range range;
};
constexpr TechnologyKey kTechnologyKeys[] = {
    {"register_ge", &cost::Technology::register_ge, kNotNegative},
    {"mux_ge", &cost::Technology::mux_ge, kNotNegative},
    {"xor_ge", &cost::Technology::xor_ge, kNotNegative},
    {"int_adder_ge", &cost::Technology::int_adder_ge, kNotNegative},
    {"float_adder_ge", &cost::Technology::float_adder_ge, kNotNegative},
    {"int_multiplier_ge", &cost::Technology::int_multiplier_ge, kNotNegative},
    {"float_multiplier_ge", &cost::Technology::float_multiplier_ge, kNotNegative},
    {"um2_per_ge", &cost::Technology::um2_per_ge, kPositive},
    {"lookup_fj", &cost::Technology::lookup_fj, kNotNegative},
    {"fj_per_ge", &cost::Technology::fj_per_ge, kPositive},
    {"multiplier_activity", &cost::Technology::multiplier_activity, {0, 1}},
    {"buffer_ge", &cost::Technology::buffer_ge, kNotNegative},
    {"fanout", &cost::Technology::fanout, {1.5, 1e6}},
    {"wire_fj_per_um", &cost::Technology::wire_fj_per_um, kNotNegative},
    {"wire_activity", &cost::Technology::wire_activity, {0, 1}},
    {"register_file_um2_per_bit", &cost::Technology::register_file_um2_per_bit, kNotNegative},
};

void ReadTechnology(ObjectReader& reader, cost::Technology& technology) {
  for (const TechnologyKey& row : kTechnologyKeys) {
    if (reader.Has(row.key)) reader.Number(row.key, technology.*row.member, row.range);
  }
}

Result<cost::Unit> ParseUnit(std::string_view name) {
  if (name == "mac") return cost::Unit::kMac;
  if (name == "add") return cost::Unit::kAdd;
  if (name == "lut") return cost::Unit::kLut;
  return base::MakeStatus(Code::kBadArgument, base::Quote(name), " is not mac, add or lut");
}

Result<cost::Act> ParseActText(std::string_view name) { return cost::ParseAct(name); }

void ReadDesign(ObjectReader& reader, cost::Machine& machine) {
  cost::Design& design = machine.design;
  reader.Parsed<cost::Unit>("unit", design.unit, &ParseUnit);
  reader.Parsed<cost::Act>("act", design.act, &ParseActText);
  reader.Count("m", design.shape.m, {1, double(cost::kMaxSide)});
  reader.Count("n", design.shape.n, {1, double(cost::kMaxSide)});
  const bool lut = design.unit == cost::Unit::kLut;
  reader.Count("k", design.shape.k, {1, double(lut ? cost::kMaxTableGroup : cost::kMaxSide)});
  reader.Count("acc_bits", design.acc_bits, {8, 64});
  if (lut) reader.Count("table_bits", design.table_bits, {4, 32});
  reader.Count("per_sm", machine.arrays_per_sm);
  reader.Number("fill_cycles", machine.fill_cycles, kNotNegative);
}

void ReadTile(ObjectReader& reader, cost::Tile& tile) {
  reader.Count("block_m", tile.block_m);
  reader.Count("block_n", tile.block_n);
  reader.Count("warp_m", tile.warp_m, {1, double(tile.block_m)});
  reader.Count("warp_n", tile.warp_n, {1, double(tile.block_n)});
  reader.Count("block_k", tile.block_k);
  reader.Count("stages", tile.stages, {1, 64});
}

// Capacity in `unit` bytes.
void ReadLevel(ObjectReader& reader, cost::MemoryLevel& level, std::string_view capacity,
               double unit) {
  reader.Number(capacity, level.bytes, kPositive);
  level.bytes *= unit;
  reader.Number("bytes_per_cycle", level.bytes_per_cycle, kPositive);
  reader.Number("pj_per_byte", level.pj_per_byte, kNotNegative);
}

void ReadMemory(ObjectReader& reader, cost::Machine& machine) {
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

void ReadMachineKeys(ObjectReader& reader, cost::Machine& machine) {
  reader.Text("name", machine.name);
  reader.Text("about", machine.about);
  reader.Number("clock_mhz", machine.clock_mhz, {1, 1e5});
  reader.Count("sms", machine.sms, {1, 1e5});
  reader.Number("vector_adds_per_cycle", machine.vector_adds_per_cycle, kPositive);
  reader.Object("array", [&](ObjectReader& array) { ReadDesign(array, machine); });
  reader.Object("tile", [&](ObjectReader& tile) { ReadTile(tile, machine.tile); });
  reader.Object("memory", [&](ObjectReader& memory) { ReadMemory(memory, machine); });
  if (!reader.Has("technology")) return;
  reader.Object("technology", [&](ObjectReader& t) { ReadTechnology(t, machine.technology); });
}

void ReadArrayKeys(ObjectReader& array, Array& out) {
  array.Count("m", out.shape.m);
  array.Count("n", out.shape.n);
  array.Count("k", out.shape.k);
  if (array.Has("fill_cycles")) array.Count("fill_cycles", out.fill_cycles, {0, 1e6});
  if (!array.Has("unit")) return;
  const text::JsonNode* unit = array.Get("unit", text::JsonNode::Kind::kText);
  if (unit == nullptr || unit->text == "lut") return;
  array.Fail(unit->at, "'unit' is ", base::Quote(unit->text), "; only 'lut' runs lmma");
}

// A level's capacity where the file has it.
void ReadKib(ObjectReader& memory, std::string_view level, Range range, size_t& bytes) {
  if (!memory.Has(level)) return;
  memory.Object(level, [&](ObjectReader& reader) {
    if (!reader.Has("kib")) return;
    size_t kib = 0;
    reader.Count("kib", kib, range);
    bytes = kib * kKib;
  });
}

void ReadArrayOf(ObjectReader& machine, Array& out) {
  const text::JsonNode* array = machine.Get("array", text::JsonNode::Kind::kObject);
  machine.Object("array", [&](ObjectReader& reader) { ReadArrayKeys(reader, out); });
  out.name = Name(out.shape);
  if (machine.Has("name")) machine.Text("name", out.name);
  if (machine.Has("memory")) {
    size_t register_bytes = out.registers * isa::kRegisterBytes;
    machine.Object("memory", [&](ObjectReader& memory) {
      ReadKib(memory, "shared", {1, double(kMostScratchpad / kKib)}, out.scratchpad_bytes);
      ReadKib(memory, "registers", kCount, register_bytes);
    });
    out.registers = std::min(isa::kMaxRegisters, register_bytes / isa::kRegisterBytes);
  }
  if (array == nullptr) return;
  if (Status status = CheckArray(out); !status.ok()) machine.Fail(array->at, status.text());
}

}  // namespace

Result<MachineDescription> ReadMachineFile(std::string_view text, std::string_view file) {
  const Result<text::JsonNode> root = text::ParseJsonTree(text, file);
  if (!root.ok()) return root.status();
  using enum ObjectReader::Others;
  return MachineDescription{
      text::ReadFields<Array>(*root, file, kIgnored, &ReadArrayOf),
      text::ReadFields<cost::Machine>(*root, file, kRefused, &ReadMachineKeys),
      root->Find("clock_mhz") != nullptr};
}

}  // namespace lutgemm::model::machine
