#include "model/cost/machine.h"

#include "base/text.h"
#include "model/cost/json_tree.h"

#include <cmath>
#include <iterator>
#include <set>

namespace lutgemm::model::cost {
namespace {

struct Range {
  double low, high;
};
constexpr Range kCount = {1, 1e6};
constexpr Range kPositive = {1e-9, 1e12};
constexpr Range kNotNegative = {0, 1e12};

// Reads the keys of one object. The first error stays; after it nothing is read.
class ObjectReader {
 public:
  ObjectReader(const JsonNode& node, std::string_view file, Status& status)
      : node_(node), file_(file), status_(status) {
    if (status_.ok() && node.kind != JsonNode::Kind::kObject) {
      Fail(node.at, "an object is wanted here, not ", KindText(node.kind));
    }
  }

  template <class... Pieces>
  void Fail(TextPosition at, const Pieces&... pieces) {
    status_ =
        base::MakeStatus(Code::kCorruptFile, file_, ":", at.line, ":", at.column, ": ", pieces...);
  }

  // The value of a key that must be there, of one kind; nullptr after an error.
  const JsonNode* Get(std::string_view key, JsonNode::Kind kind) {
    if (!status_.ok()) return nullptr;
    const JsonNode* value = node_.Find(key);
    read_.insert(std::string(key));
    if (value == nullptr) {
      Fail(node_.at, "the object that starts here lacks '", key, "', ", KindText(kind));
    } else if (value->kind != kind) {
      Fail(value->at, "'", key, "' is ", KindText(value->kind), "; it must be ", KindText(kind));
      value = nullptr;
    }
    return value;
  }
  void Number(std::string_view key, double& number, Range range) {
    const JsonNode* value = Get(key, JsonNode::Kind::kNumber);
    if (value == nullptr) return;
    if (value->number >= range.low && value->number <= range.high) {
      number = value->number;
    } else {
      Fail(value->at, "'", key, "' is ", value->number, "; it must be in ", range.low, " to ",
           range.high);
    }
  }
  template <class Int>
  void Count(std::string_view key, Int& count, Range range = kCount) {
    double number = 0;
    Number(key, number, range);
    if (!status_.ok()) return;
    if (number != std::floor(number)) {
      Fail(node_.Find(key)->at, "'", key, "' is ", number, "; it must be a whole number");
    }
    count = static_cast<Int>(number);
  }
  void Text(std::string_view key, std::string& text) {
    if (const JsonNode* value = Get(key, JsonNode::Kind::kText)) text = value->text;
  }
  // A text that `parse` understands.
  template <class T>
  void Parsed(std::string_view key, T& value, Result<T> (*parse)(std::string_view)) {
    const JsonNode* text = Get(key, JsonNode::Kind::kText);
    if (text == nullptr) return;
    const Result<T> parsed = parse(text->text);
    if (parsed.ok()) {
      value = *parsed;
    } else {
      Fail(text->at, "'", key, "': ", parsed.status().text());
    }
  }
  bool Has(std::string_view key) const { return node_.Find(key) != nullptr; }
  void Ignore(std::string_view key) { read_.insert(std::string(key)); }

  // Complains about keys that nobody asked for.
  void Finish() {
    for (size_t i = 0; status_.ok() && i < node_.keys.size(); ++i) {
      if (read_.contains(node_.keys[i])) continue;
      std::string known;
      for (const std::string& key : read_) known += (known.empty() ? "" : ", ") + key;
      Fail(node_.key_at[i], "unknown key '", node_.keys[i], "'; known here: ", known);
    }
  }

 private:
  const JsonNode& node_;
  std::string_view file_;
  Status& status_;
  std::set<std::string> read_;
};

// Runs `body` on the reader of an object that must be there.
template <class Body>
void ReadObject(ObjectReader& parent, std::string_view key, std::string_view file, Status& status,
                const Body& body) {
  const JsonNode* node = parent.Get(key, JsonNode::Kind::kObject);
  if (node == nullptr) return;
  ObjectReader reader(*node, file, status);
  body(reader);
  reader.Finish();
}

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
    reader.Ignore(row.key);
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

// Capacity in `unit` bytes; a level without a capacity holds everything.
void ReadLevel(ObjectReader& reader, MemoryLevel& level, std::string_view capacity, double unit) {
  if (!capacity.empty()) {
    reader.Number(capacity, level.bytes, kPositive);
    level.bytes *= unit;
  }
  reader.Number("bytes_per_cycle", level.bytes_per_cycle, kPositive);
  reader.Number("pj_per_byte", level.pj_per_byte, kNotNegative);
}

constexpr double kKib = 1024, kMib = 1024 * 1024;

void ReadMemory(ObjectReader& reader, std::string_view file, Status& status, Machine& machine) {
  ReadObject(reader, "dram", file, status, [&](ObjectReader& level) {
    double gb_per_s = 0;
    level.Number("gb_per_s", gb_per_s, kPositive);
    machine.dram.bytes_per_cycle = gb_per_s * 1e3 / machine.clock_mhz;
    level.Number("pj_per_byte", machine.dram.pj_per_byte, kNotNegative);
  });
  ReadObject(reader, "l2", file, status,
             [&](ObjectReader& level) { ReadLevel(level, machine.l2, "mib", kMib); });
  ReadObject(reader, "shared", file, status,
             [&](ObjectReader& level) { ReadLevel(level, machine.shared, "kib", kKib); });
  ReadObject(reader, "registers", file, status, [&](ObjectReader& level) {
    ReadLevel(level, machine.registers, "kib", kKib);
    level.Number("growth", machine.register_growth, {1, 64});
  });
}

void ReadMachine(ObjectReader& reader, std::string_view file, Status& status, Machine& machine) {
  reader.Text("name", machine.name);
  reader.Text("about", machine.about);
  reader.Number("clock_mhz", machine.clock_mhz, {1, 1e5});
  reader.Count("sms", machine.sms, {1, 1e5});
  reader.Number("vector_adds_per_cycle", machine.vector_adds_per_cycle, kPositive);
  ReadObject(reader, "array", file, status,
             [&](ObjectReader& array) { ReadArray(array, machine); });
  ReadObject(reader, "tile", file, status,
             [&](ObjectReader& tile) { ReadTile(tile, machine.tile); });
  ReadObject(reader, "memory", file, status,
             [&](ObjectReader& memory) { ReadMemory(memory, file, status, machine); });
  reader.Ignore("technology");
  if (status.ok() && reader.Has("technology")) {
    ReadObject(reader, "technology", file, status,
               [&](ObjectReader& t) { ReadTechnology(t, machine.technology); });
  }
}

}  // namespace

Result<Machine> ParseMachine(std::string_view text, std::string_view file) {
  const Result<JsonNode> root = ParseJsonTree(text, file);
  if (!root.ok()) return root.status();
  Status status;
  Machine machine;
  ObjectReader reader(*root, file, status);
  ReadMachine(reader, file, status, machine);
  reader.Finish();
  if (!status.ok()) return status;
  return machine;
}

double PeakMacsPerCycle(const Machine& machine, unsigned weight_bits) {
  Design design = machine.design;
  design.weight_bits = weight_bits;
  return double(design.shape.macs()) / CyclesPerStep(design) * double(machine.arrays_per_sm) *
         double(machine.sms);
}

double PeakTops(const Machine& machine, unsigned weight_bits) {
  return 2 * PeakMacsPerCycle(machine, weight_bits) * machine.clock_mhz * 1e-6;
}

}  // namespace lutgemm::model::cost
