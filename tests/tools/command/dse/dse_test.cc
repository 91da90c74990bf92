// lutgemm dse: the sweep and its files, machines, ternary engines, figures of the paper.
#include "tools/kit.h"

using namespace lutgemm::test::tool;
using Names = std::set<std::string>;

namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("dse: FP16 activations, one-bit weights, 512 MACs give m2n64k4") {
  const TempDir dir;
  const Json report = RunJson(dir, {"dse", "--macs", "512", "--a", "f16", "--w", "i1"});
  CHECK(Keys(report) == Names{"source", "macs", "act", "weight_bits", "acc_bits", "max_k",
                              "own_precompute", "register_file_bits", "clock_ghz", "objective",
                              "best", "front", "units", "points"});
  CHECK(report["best"]["shape"] == "m2n64k4");
  CHECK(report["source"] == "ours");
  CHECK(report["front"].size() >= 2);
  CHECK(report["units"].size() == 5);
  size_t on_front = 0;
  for (const Json& point : report["points"]) {
    CHECK(point["m"].get<size_t>() * point["n"].get<size_t>() * point["k"].get<size_t>() == 512);
    double area = 0;
    for (const auto& [term, um2] : point["area_terms_um2"].items()) area += um2.get<double>();
    CHECK(point["area_um2"].get<double>() == doctest::Approx(area));
    CHECK(point["area_per_mac_um2"] >= report["best"]["area_per_mac_um2"].get<double>() * 0.9999);
    on_front += point["on_front"] == true;
  }
  CHECK(on_front == report["front"].size());
  const Outcome text = Run(dir, {"dse", "--top", "1"});
  CHECK(text.code == 0);
  CHECK(text.out.find("least area: m2n64k4") != std::string::npos);
  CHECK(text.out.find("broadcast") != std::string::npos);
}

TEST_CASE("dse: every option of a sweep changes it") {
  const TempDir dir;
  const std::vector<std::string> base = {"dse", "--w", "i2"};
  const Json plain = RunJson(dir, base);
  const std::vector<std::vector<std::string>> changes = {{"--macs", "256"},
                                                         {"--a", "i8"},
                                                         {"--w", "i4"},
                                                         {"--table-bits", "6,12"},
                                                         {"--tables", "full"},
                                                         {"--index", "serial"},
                                                         {"--acc-bits", "24"},
                                                         {"--max-k", "2"},
                                                         {"--precompute"},
                                                         {"--register-file-bits", "1e4"},
                                                         {"--objective", "energy"},
                                                         {"--clock", "2"},
                                                         {"--machine", "a100-lut-4x"}};
  for (const auto& change : changes) {
    std::vector<std::string> arguments =
        change[0] == "--w" ? std::vector<std::string>{"dse"} : base;
    arguments.insert(arguments.end(), change.begin(), change.end());
    CAPTURE(change[0]);
    CHECK(RunJson(dir, arguments) != plain);
  }
  CHECK(RunJson(dir, {"dse", "--w", "t2"}) == plain);
}

TEST_CASE("dse: files hold the report and appear only whole") {
  const TempDir dir;
  const std::string prefix = dir / "sweep";
  const Json printed = RunJson(dir, {"dse", "--out", prefix});
  CHECK(dir.Names() == Names{"sweep.json", "sweep.csv"});
  CHECK(Json::parse(ReadText(prefix + ".json")) == printed);
  const std::vector<std::string> lines = Lines(ReadText(prefix + ".csv"));
  REQUIRE(lines.size() == printed["points"].size() + 1);
  CHECK(lines[0].starts_with("shape,m,n,k,table_bits,"));
  const auto fields = [](const std::string& line) {
    std::vector<std::string> split(1);
    for (const char c : line) {
      if (c == ',') {
        split.emplace_back();
      } else {
        split.back() += c;
      }
    }
    return split;
  };
  const std::vector<std::string> names = fields(lines[0]);
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> values = fields(lines[i]);
    const Json& point = printed["points"][i - 1];
    REQUIRE(values.size() == names.size());
    for (size_t f = 0; f < names.size(); ++f) {
      CAPTURE(names[f]);
      if (names[f] == "shape") CHECK(values[f] == point["shape"].get<std::string>());
      if (!point.contains(names[f])) continue;
      const Json& value = point[names[f]];
      if (value.is_boolean()) CHECK(values[f] == (value == true ? "1" : "0"));
      if (value.is_number()) {
        CHECK(std::stod(values[f]) == doctest::Approx(value.get<double>()).epsilon(1e-5));
      }
    }
  }
  // Neither file is touched where one is in the way.
  std::filesystem::remove(prefix + ".json");
  const Outcome refused = Run(dir, {"dse", "--out", prefix});
  CHECK(refused.code == 2);
  CHECK(refused.err.find("sweep.csv: already exists; --force") != std::string::npos);
  CHECK(dir.Names() == Names{"sweep.csv"});
  CHECK(Run(dir, {"dse", "--out", prefix, "--force"}).code == 0);
  CHECK(Run(dir, {"dse", "--out", dir / "no/such/folder"}).code == 3);
}

TEST_CASE("dse: the plot is drawn, or the package that it needs is named") {
  const TempDir dir;
  const std::string image = dir / "sweep.svg";
  const Outcome outcome = Run(dir, {"dse", "--plot", image});
  if (outcome.code == 0) {
    CHECK(ReadText(image).find("m2n64k4") != std::string::npos);
    CHECK(Run(dir, {"dse", "--plot", image}).code == 2);
    CHECK(dir.Names() == Names{"sweep.svg"});
  } else {
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("python3-matplotlib") != std::string::npos);
    CHECK(outcome.out.empty());
    CHECK(dir.Names().empty());
  }
  CHECK(Run(dir, {"dse", "--plot", dir / "sweep.gif"}).code == 2);
}

TEST_CASE("dse --problem: machines side by side") {
  const TempDir dir;
  const Json report = RunJson(dir, {"dse", "--problem", "2048x27648x5120", "--w", "i2", "--machine",
                                    "a100-lut-4x", "--machine", "a100-int8"});
  REQUIRE(report["machines"].size() == 2);
  const Json& lut = report["machines"][0];
  CHECK(lut["machine"] == "a100-lut-4x");
  CHECK(lut["bound"] == "array");
  CHECK(lut["array_cycles"] == 655360.0 * 16 * 108);
  CHECK(lut["time_us"].get<double>() == doctest::Approx(464.8).epsilon(0.001));
  CHECK(lut["roofline_by_tables"].size() == 3);
  CHECK(report["machines"][1]["roofline_by_tables"].empty());
  double energy = 0;
  for (const char* term : {"array", "precompute", "registers", "shared", "l2", "dram"}) {
    energy += lut["energy_pj"][term].get<double>();
  }
  CHECK(lut["energy_pj"]["total"].get<double>() == doctest::Approx(energy));
  // Without names: every machine that comes along.
  CHECK(RunJson(dir, {"dse", "--problem", "1x64x64"})["machines"].size() == 8);
  CHECK(Run(dir, {"dse", "--problem", "1x64x64"}).out.find("h100-lut-8x") != std::string::npos);
}

TEST_CASE("dse: a machine of one's own, and what is wrong with it") {
  const TempDir dir;
  const std::string own = dir / "own.json";
  const std::string text = ReadText(LUTGEMM_SOURCE_DIR "/data/machines/a100-lut-4x.json");
  WriteText(own, text);
  CHECK(RunJson(dir, {"dse", "--problem", "1x64x64", "--machine", own})["machines"][0]["machine"] ==
        "a100-lut-4x");
  std::string broken = text;
  broken.replace(broken.find("\"sms\": 108"), 10, "\"sms\": 0.5");
  WriteText(own, broken);
  const Outcome outcome = Run(dir, {"dse", "--problem", "1x64x64", "--machine", own});
  CHECK(outcome.code == 3);
  CHECK(outcome.err.find("own.json:5:10: 'sms' is 0.5") != std::string::npos);
  CHECK(Run(dir, {"dse", "--machine", dir / "none.json"}).code == 3);
  const Outcome unknown = Run(dir, {"dse", "--machine", "b200"});
  CHECK(unknown.code == 2);
  CHECK(unknown.err.find("a100-fp16") != std::string::npos);
}

TEST_CASE("dse and sim refuse a machine whose tile cannot exist, before they price it") {
  const TempDir dir;
  const std::string own = dir / "own.json";
  const std::string text = ReadText(LUTGEMM_SOURCE_DIR "/data/machines/a100-lut-4x.json");
  const std::vector<std::vector<std::string>> priced = {
      {"dse", "--problem", "8x64x64", "--w", "i2", "--machine", own},
      {"sim", "--problem", "2x64x64", "--format", "int2", "--machine", own}};
  for (const auto& [from, to, says] :
       {std::tuple{"\"block_m\": 128", "\"block_m\": 99999", "bytes of registers"},
        std::tuple{"\"stages\": 2", "\"stages\": 64", "of shared memory"},
        std::tuple{"\"block_k\": 32", "\"block_k\": 30", "groups of 4"}}) {
    std::string changed = text;
    REQUIRE(changed.find(from) != std::string::npos);
    changed.replace(changed.find(from), std::strlen(from), to);
    WriteText(own, changed);
    for (const auto& arguments : priced) {
      const Outcome outcome = Run(dir, arguments);
      CAPTURE(outcome.err);
      CHECK(outcome.code == 3);
      CHECK(outcome.out.empty());
      CHECK(outcome.err.find(says) != std::string::npos);
      CHECK(outcome.err.find("a100-lut-4x") != std::string::npos);
    }
  }
}

TEST_CASE("reports show significant digits, however small the figure") {
  const TempDir dir;
  const std::string own = dir / "own.json";
  std::string text = ReadText(LUTGEMM_SOURCE_DIR "/data/machines/single.json");
  text.replace(text.find("\"clock_mhz\": 1000"), 17, "\"clock_mhz\": 1");
  WriteText(own, text);
  const Outcome outcome = Run(dir, {"dse", "--problem", "1x8x8", "--machine", own});
  const std::string row = Lines(outcome.out).at(3);
  CAPTURE(row);
  CHECK(row.find("0.001024") != std::string::npos);  // TOPs: 2 x 512 MACs at 1 MHz
  CHECK(row.find(" 0.0 ") == std::string::npos);
  CHECK(row.find(" 0 ") == std::string::npos);
}

TEST_CASE("dse --ternary: engines beside two planes, with their parameters") {
  const TempDir dir;
  const std::vector<std::string> base = {"dse", "--ternary", "1x1536x4096"};
  const Json plain = RunJson(dir, base);
  REQUIRE(plain["rows"].size() == 8);
  CHECK(plain["rows"][0]["engine"] == "two planes m2n64k4");
  CHECK(plain["rows"][0]["cycles"] == 24.0 * 1024 * 2);
  CHECK(Run(dir, base).out.find("tlmm G=3 half") != std::string::npos);
  const std::vector<std::vector<std::string>> changes = {
      {"--planes", "m1n32k4"},
      {"--engine-tables", "4"},
      {"--build-adders", "9"},
      {"--fill-cycles", "5"},
      {"--ports", "1"},
      {"--ports", "1", "--word-bits", "90"},
      {"--ports", "3", "--straddle"},
      {"--buffer-bytes", "1000"},
      {"--buffer-bytes", "1000", "--dram-bytes-per-cycle", "1"}};
  std::set<std::string> reports = {plain.dump()};
  for (const auto& change : changes) {
    std::vector<std::string> arguments = base;
    arguments.insert(arguments.end(), change.begin(), change.end());
    CHECK(reports.insert(RunJson(dir, arguments).dump()).second);
  }
}

TEST_CASE("dse --paper: published figures beside the model's") {
  const TempDir dir;
  const Json report = RunJson(dir, {"dse", "--paper"});
  Names agreements;
  for (const Json& row : report["comparisons"]) {
    agreements.insert(row["agreement"].get<std::string>());
    CHECK(row["difference"].get<double>() ==
          doctest::Approx(row["ours"].get<double>() / row["paper"].get<double>() - 1));
  }
  CHECK(agreements == Names{"arithmetic", "calibrated", "predicted", "not reproduced"});
  const std::string text = Run(dir, {"dse", "--paper"}).out;
  CHECK(text.find("paper") != std::string::npos);
  CHECK(text.find("11991.3") != std::string::npos);
}

TEST_CASE("dse: wrong command lines give 2") {
  const TempDir dir;
  const std::vector<std::vector<std::string>> lines = {
      {"--macs", "0"},
      {"--macs", "x"},
      {"--macs", "100000"},
      {"--a", "f32"},
      {"--w", "i9"},
      {"--w", "i0"},
      {"--w", "i16"},
      {"--table-bits", "8,"},
      {"--table-bits", "3"},
      {"--tables", "some"},
      {"--index", "none"},
      {"--acc-bits", "4"},
      {"--max-k", "9"},
      {"--objective", "speed"},
      {"--clock", "-1"},
      {"--index", "parallel"},
      {"--machine", "a100-fp16", "--machine", "a100-int8"},
      {"--problem", "1x2"},
      {"--problem", "1x2x3", "--macs", "8"},
      {"--problem", "1x2x3", "--paper"},
      {"--ternary", "0x1x1"},
      {"--ternary", "1x1x1", "--w", "i2"},
      {"--ternary", "1x1x1", "--engine-tables", "3"},
      {"--ternary", "1x1x1", "--build-adders", "0"},
      {"--ternary", "1x1x1", "--planes", "m2"},
      {"--ternary", "1x1x1", "--dram-bytes-per-cycle", "-1"},
      {"--paper", "--force"},
      {"--engine-tables", "4"},
      {"--problem", "1x2x3", "--straddle"}};
  for (std::vector<std::string> line : lines) {
    line.insert(line.begin(), "dse");
    std::string shown;
    for (const std::string& word : line) shown += word + " ";
    CAPTURE(shown);
    const Outcome outcome = Run(dir, line);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK_FALSE(outcome.err.empty());
  }
}
