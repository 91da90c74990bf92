// Codebook and block formats through the command: packed, inspected, verified; bits counted.
#include "tools/kit.h"

#include <sys/stat.h>

#include <lutgemm/io.hpp>

using namespace lutgemm;
using namespace lutgemm::test::tool;

namespace {

struct Case {
  std::string option;  // of --format
  std::string format;  // in reports
  uint32_t group;
  std::string scale;
  double bits;  // per weight of 64 x 256, without the 64-byte padding of sections and tables
};

const std::vector<Case> kCases = {{"bitmod3", "bitmod3", 128, "u8", 3 + 10.0 / 128 + 32.0 / 256},
                                  {"bitmod4", "bitmod4", 128, "u8", 4 + 10.0 / 128 + 32.0 / 256},
                                  {"mxfp4", "mxfp4", 32, "e8m0", 4.25},
                                  {"nvfp4", "nvfp4", 16, "e4m3", 4.5},
                                  {"nf4", "nf4", 64, "f16", 4.25},
                                  {"codebook:BOOK", "codebook", 128, "f16", 4.125},
                                  {"bfp3b16", "bfp3", 16, "e8m0", 3.5},
                                  {"bfp4", "bfp4", 32, "e8m0", 4.25},
                                  {"bfp6b64", "bfp6", 64, "e8m0", 6.125},
                                  {"bfp8b128", "bfp8", 128, "e8m0", 8.0625}};

}  // namespace

TEST_CASE("every format packs, shows in inspect with all bits counted, and verifies") {
  const TempDir dir;
  WriteSafetensors(dir / "in", {RandomTensor("a.weight", 64, 256)});
  WriteText(dir / "book", "-1, -0.5 0\n0.5 +1  # five values\n");
  for (const Case& c : kCases) {
    CAPTURE(c.option);
    std::string option = c.option;
    if (const size_t at = option.find("BOOK"); at != option.npos) {
      option.replace(at, 4, dir / "book");
    }
    const std::string out = dir / (c.format + ".out");
    RunJson(dir, {"repack", dir / "in", "-o", out, "--format", option});
    const Json packed = RunJson(dir, {"inspect", out})["tensors"][0]["packed"];
    CHECK(packed["format"] == c.format);
    CHECK(packed["group"] == c.group);
    CHECK(packed["scale"] == c.scale);
    CHECK(packed["checksum_ok"] == true);
    const double bits = packed["bits_per_weight"].get<double>();
    CHECK(bits >= c.bits);
    CHECK(bits < c.bits + (128 + 2 * 64) * 8 / (64.0 * 256));
    CHECK(Run(dir, {"verify", out, "--against", dir / "in"}).code == 0);
  }
}

TEST_CASE("the grid of scales lowers the error of BitMoD") {
  const TempDir dir;
  WriteSafetensors(dir / "in", {RandomTensor("a.weight", 64, 256)});
  const auto nmse = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"repack", dir / "in", "-o", dir / "unused", "--dry-run"});
    return RunJson(dir, more)["tensors"][0]["nmse"].get<double>();
  };
  for (const char* format : {"bitmod3", "bitmod4"}) {
    CHECK(nmse({"--format", format, "--scale-grid"}) < 0.95 * nmse({"--format", format}));
  }
}

TEST_CASE("a codebook from a file keeps its order of codes") {
  const TempDir dir;
  Tensor tensor = RandomTensor("a.weight", 32, 32);
  for (float& w : tensor.values) w = w < 0 ? -2.0f : 3.0f;
  WriteSafetensors(dir / "in", {tensor});
  WriteText(dir / "book", "# two values\n3\n-2\n");
  RunJson(dir, {"repack", dir / "in", "-o", dir / "out", "--format", "codebook:" + dir / "book",
                "--group", "row"});
  const auto file = PackedFile::Open(dir / "out");
  REQUIRE(file.ok());
  const auto matrix = Unpack(*file->Get("a.weight"));
  REQUIRE(matrix.ok());
  CHECK(matrix->book.codes == 2);
  CHECK(matrix->book.values[0][0] == 3);
  CHECK(matrix->book.values[0][1] == -2);
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    CHECK(matrix->codes[i] == (tensor.values[i] > 0 ? 0 : 1));
    CHECK(matrix->Value(i / 32, i % 32) == tensor.values[i]);
  }
}

TEST_CASE("formats that the command line gets wrong") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  WriteText(dir / "empty", "# nothing\n");
  WriteText(dir / "words", "1 2\nthree\n");
  REQUIRE(mkfifo((dir / "pipe").c_str(), 0600) == 0);
  std::filesystem::create_directory(dir / "folder");
  WriteText(dir / "long", std::string(70000, ' ') + "1 2\n");
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"--format", "bfp9b32"}, "unknown weight format"},
      {{"--format", "bfp4b48"}, "16, 32, 64 or 128"},
      {{"--format", "bfp4b"}, "unknown weight format"},
      {{"--format", "bfp4b32", "--group", "64"}, "contradicts"},
      {{"--format", "bfp4b32", "--group", "row"}, "--group row contradicts the format's 32"},
      {{"--format", "mxfp4", "--group", "row"}, "mxfp4 takes groups of 32"},
      {{"--format", "mxfp4", "--group", "64"}, "groups of 32"},
      {{"--format", "nvfp4", "--scale", "f16"}, "scales of e4m3"},
      {{"--format", "bitmod4", "--group", "tensor"}, "multiple of 4"},
      {{"--format", "bitmod4", "--asymmetric"}, "no zero points"},
      {{"--format", "nf4", "--layout", "planes"}, "cannot hold nf4"},
      {{"--format", "codebook"}, "codebook:FILE"},
      {{"--format", "codebook:" + dir / "nothing"}, "cannot be opened"},
      {{"--format", "codebook:" + dir / "pipe"}, "is not a regular file"},
      {{"--format", "codebook:" + dir / "folder"}, "is not a regular file"},
      {{"--format", "codebook:" + dir / "empty"}, "2 to 16"},
      {{"--format", "codebook:" + dir / "words"}, "line 2"},
      {{"--format", "codebook:" + dir / "long"}, "too long"}};
  for (const auto& [options, says] : cases) {
    std::vector<std::string> arguments = {"repack", dir / "in", "-o", dir / "out"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome outcome = Run(dir, arguments);
    CAPTURE(options.back());
    CAPTURE(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find(says) != std::string::npos);
  }
}
