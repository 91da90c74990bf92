// Machines as the compiler reads them: shapes, files, and what is refused.
#include "model/machine/machine_file.h"

#include <doctest/doctest.h>

using namespace lutgemm;
using namespace lutgemm::model;

namespace {

constexpr const char* kFile =
    "{\"name\": \"small\", \"clock_mhz\": 1410,\n"
    " \"array\": {\"unit\": \"lut\", \"m\": 4, \"n\": 32, \"k\": 3, \"fill_cycles\": 2},\n"
    " \"memory\": {\"shared\": {\"kib\": 20}, \"registers\": {\"kib\": 8}}}\n";

// Replaces the first `from`, which must be there.
std::string With(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("shapes of machines as text") {
  for (const char* good : {"m2n64k4", "m1n1k1", "m16n256k8"}) CHECK(ParseArray(good).ok());
  for (const char* bad : {"", "m2n64", "m2n64k4x", "n64m2k4", "m2n64k9", "m2n512k4", "m0n64k4",
                          "m99999999999999999999n1k1"}) {
    CHECK(ParseArray(bad).status().code() == Code::kBadArgument);
  }
}

TEST_CASE("machine files: what the compiler takes of them, and what it takes instead") {
  const Result<Array> target = machine::ReadArray(kFile, "m.json");
  REQUIRE_MESSAGE(target.ok(), target.status().text());
  CHECK(target->name == "small");
  CHECK(target->shape.m == 4);
  CHECK(target->shape.n == 32);
  CHECK(target->shape.k == 3);
  CHECK(target->fill_cycles == 2);
  CHECK(target->scratchpad_bytes == 20480);
  CHECK(target->registers == 64);
  const Result<Array> least =
      machine::ReadArray(R"({"array": {"m": 2, "n": 8, "k": 4}})", "m.json");
  REQUIRE(least.ok());
  CHECK(least->name == "m2n8k4");
  CHECK(least->scratchpad_bytes == Array().scratchpad_bytes);
  CHECK(least->registers == Array().registers);
  CHECK(machine::ReadArray(With(kFile, "\"kib\": 8", "\"kib\": 256"), "m.json")->registers == 256);
}

TEST_CASE("machine files: errors name line and column, and what would be right") {
  const struct {
    const char *from, *to, *says;
  } cases[] = {
      {"\"small\"", "7", "m.json:1:10: 'name' is a number; it must be a text"},
      {"\"array\"", "\"arrow\"", "m.json:1:1: the object that starts here lacks 'array', an"},
      {"\"lut\"", "\"mac\"", "m.json:2:20: 'unit' is 'mac'; only 'lut' runs lmma"},
      {"\"m\": 4", "\"m\": 5", "m.json:2:11: m5n32k3 is no shape of lmma: m a power of two"},
      {"\"m\": 4", "\"m\": 4.5", "m.json:2:32: 'm' is 4.5; it must be a whole number"},
      {", \"k\": 3", "", "m.json:2:11: the object that starts here lacks 'k', a number"},
      {"20", "0", "m.json:3:31: 'kib' is 0; it must be in 1 to 8192"},
      {"8}", "-8}", "m.json:3:57: 'kib' is -8; it must be in 1 to 1e+06"},
      {"8}", "8,,}", "m.json:3:59: not valid JSON near ',"},
      {"{\"kib\": 20}", "20", "m.json:3:23: 'shared' is a number; it must be an object"},
  };
  for (const auto& c : cases) {
    const Result<Array> target = machine::ReadArray(With(kFile, c.from, c.to), "m.json");
    REQUIRE_FALSE(target.ok());
    CAPTURE(target.status().text());
    CHECK(target.status().code() == Code::kCorruptFile);
    CHECK(target.status().text().starts_with(c.says));
  }
}
