// Machine files: those in data/machines have the peaks of Table 1; broken ones are refused with the
// line and column of what is wrong.
#include "model/cost/machine.h"

#include "model/cost/kit.h"
#include "model/cost/paper.h"
#include "model/text/json_tree.h"

using namespace lutgemm;
using namespace lutgemm::model::cost;
namespace machine = lutgemm::model::machine;
namespace text = lutgemm::model::text;
using doctest::Approx;
using lutgemm::test::LoadMachine;
using lutgemm::test::MachineText;

namespace {

// Replaces the first `from`, which must be there.
std::string With(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

std::string ErrorOf(const std::string& text) {
  const Result<Machine> machine = machine::ReadMachine(text, "m.json");
  REQUIRE_FALSE(machine.ok());
  CHECK(machine.status().code() == Code::kCorruptFile);
  return machine.status().text();
}

}  // namespace

TEST_CASE("the machines that come along have the peaks of Table 1") {
  const struct {
    const char* name;
    size_t row;  // of Table 1
  } machines[] = {{"a100-fp16", 0}, {"a100-int8", 1},   {"a100-lut-4x", 2}, {"a100-lut-8x", 3},
                  {"h100-fp8", 4},  {"h100-lut-4x", 5}, {"h100-lut-8x", 6}};
  for (const auto& [name, row] : machines) {
    CAPTURE(name);
    const Machine machine = LoadMachine(name);
    CHECK(machine.sms == paper::kTable1[row].sms);
    CHECK(PeakTops(machine, 2) == Approx(paper::kTable1[row].peak_tops).epsilon(0.002));
    CHECK(machine.clock_mhz == 1410);
  }
}

TEST_CASE("every key reaches its field") {
  const Machine machine = LoadMachine("a100-lut-4x");
  CHECK(machine.design.unit == Unit::kLut);
  CHECK(machine.design.act == Act::kI8);
  CHECK(Name(machine.design.shape) == "m2n64k4");
  CHECK(machine.design.table_bits == 8);
  CHECK(machine.design.acc_bits == 16);
  CHECK(machine.arrays_per_sm == 16);
  CHECK(machine.fill_cycles == 2);
  CHECK(machine.vector_adds_per_cycle == 256);
  CHECK(machine.tile.block_m == 128);
  CHECK(machine.tile.block_n == 512);
  CHECK(machine.tile.warp_m == 64);
  CHECK(machine.tile.warp_n == 256);
  CHECK(machine.tile.block_k == 32);
  CHECK(machine.tile.stages == 2);
  CHECK(machine.dram.bytes_per_cycle == Approx(1935e9 / 1410e6));
  CHECK(machine.dram.pj_per_byte == 32);
  CHECK(machine.l2.bytes == 40 * 1024 * 1024);
  CHECK(machine.shared.bytes == 164 * 1024);
  CHECK(machine.registers.bytes == 256 * 1024);
  CHECK(machine.registers.bytes_per_cycle == 1536);
  CHECK(machine.register_growth == 2);
  CHECK(machine.technology.register_ge == 6);
  const std::string text = With(MachineText("a100-lut-4x"), "\"tile\"",
                                "\"technology\": {\"register_ge\": 7, \"fanout\": 8}, \"tile\"");
  const Result<Machine> other = machine::ReadMachine(text, "m.json");
  REQUIRE(other.ok());
  CHECK(other->technology.register_ge == 7);
  CHECK(other->technology.fanout == 8);
  CHECK(other->technology.mux_ge == 2.33);
}

TEST_CASE("errors name line and column, and what would be right") {
  const std::string good = MachineText("a100-lut-4x");
  const struct {
    const char *from, *to, *says;
  } cases[] = {
      {"1410", "0", "m.json:4:16: 'clock_mhz' is 0; it must be in 1 to 100000"},
      {"1410", "\"fast\"", "m.json:4:16: 'clock_mhz' is a text; it must be a number"},
      {"108,", "1.5,", "m.json:5:10: 'sms' is 1.5; it must be a whole number"},
      {"108,", "-108,", "m.json:5:10: 'sms' is -108"},
      {"\"sms\"", "\"smms\"", "m.json:1:1: the object that starts here lacks 'sms', a number"},
      {"\"k\": 4", "\"k\": 9", "m.json:7:63: 'k' is 9; it must be in 1 to 8"},
      {"\"lut\"", "\"lot\"", "m.json:7:21: 'unit': 'lot' is not mac, add or lut"},
      {"\"i8\"", "\"i9\"", "m.json:7:35: 'act': 'i9' is not a type of activations"},
      {"\"fill_cycles\"", "\"full\": 1, \"fill_cycles\"",
       "m.json:7:113: unknown key 'full'; known"},
      {"\"warp_m\": 64", "\"warp_m\": 129", "m.json:8:54: 'warp_m' is 129; it must be in 1 to 128"},
      {"{\"mib\": 40, ", "[{\"mib\": 40}], \"x\": {",
       "m.json:11:11: 'l2' is a list; it must be an"},
      {"\"about\"", "\"name\"", "m.json:3:3: key 'name' is there twice"},
      {"\"about\":", "\"about\"", "m.json:3:11: not valid JSON near"},
      {"\"a100-lut-4x\"", "\"\\u001b[2J\"", "m.json:2:11: 'name' has control characters"},
      {"\"i8\"", "\"i\\n\"", "m.json:7:35: 'act': 'i\\x0a' is no name"},
      {"108,", "1e999,", "m.json:5:"},
      {"108,", "NaN,", "m.json:5:"},
  };
  for (const auto& c : cases) {
    const std::string to = c.to;
    CAPTURE(to);
    const std::string error = ErrorOf(With(good, c.from, c.to));
    CAPTURE(error);
    CHECK(error.starts_with(c.says));
  }
  CHECK(ErrorOf("").find("too early") != std::string::npos);
  CHECK(ErrorOf("[]").starts_with("m.json:1:1: an object is wanted here, not a list"));
  CHECK(ErrorOf("7").starts_with("m.json:1:1: an object is wanted here, not a number"));
  CHECK(ErrorOf(good + " x").starts_with("m.json:16:2: not valid JSON near 'x'"));
  CHECK(ErrorOf("{\"a\":}").starts_with("m.json:1:6: not valid JSON near '}'"));
  CHECK(ErrorOf("[1,\n 1.2.3]").starts_with("m.json:2:2: not valid JSON near '1.2.3]'"));
  CHECK(ErrorOf("[1 \"ab\\\"c\"]").starts_with("m.json:1:4: not valid JSON near '\"ab"));
  CHECK(ErrorOf(good.substr(0, good.size() - 3)).find("too early") != std::string::npos);
  CHECK(ErrorOf(With(good, "108", std::string(1, '\0'))).starts_with("m.json:5:10: "));
  CHECK(ErrorOf("\xef\xbb\xbf" + good).starts_with("m.json:1:1: "));
  CHECK(ErrorOf(std::string(9, '[')).starts_with("m.json:1:9: nested deeper than 8"));
  CHECK(ErrorOf(std::string(text::kMaxJsonBytes + 1, ' ')).find("limit") != std::string::npos);
}
