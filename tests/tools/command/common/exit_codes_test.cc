// Exit codes: 0 ok, 1 a check failed, 2 wrong command line, 3 bad input. Errors go to stderr, and
// name what is wrong.
#include "tools/kit.h"

#include <sys/stat.h>

using namespace lutgemm::test::tool;

namespace {

struct Bad {
  std::vector<std::string> arguments;
  std::string says;  // in stderr
};

void CheckAll(const TempDir& dir, const std::vector<Bad>& cases, int code) {
  for (const Bad& bad : cases) {
    std::string line;
    for (const std::string& argument : bad.arguments) line += argument + " ";
    CAPTURE(line);
    const Outcome outcome = Run(dir, bad.arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.code == code);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find(bad.says) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("wrong command lines give 2") {
  const TempDir dir;
  const std::string in = dir / "in.safetensors";
  const std::string out = dir / "out.safetensors";
  WriteSafetensors(in, SmallModel());
  const std::vector<std::string> shape = {"explain", "--m", "1", "--n", "64", "--k", "64"};
  const auto explain = [&](std::vector<std::string> more) {
    more.insert(more.begin(), shape.begin(), shape.end());
    return more;
  };
  CheckAll(
      dir,
      {{{}, "COMMAND --help"},
       {{"frobnicate", "x"}, "'frobnicate' is not a command; the commands are repack, inspect"},
       {{"help", "frobnicate"}, "'frobnicate' is not a command"},
       {{"repack"}, "IN"},
       {{"repack", in}, "--output"},
       {{"repack", in, "-o", out, "--format", "int9"}, "int9"},
       {{"repack", in, "-o", out, "--group", "6"}, "multiple of 4"},
       {{"repack", in, "-o", out, "--group", "0"}, "multiple of 4"},
       {{"repack", in, "-o", out, "--group", "-4"}, "--group"},
       {{"repack", in, "-o", out, "--scale", "i8"}, "i8"},
       {{"repack", in, "-o", out, "--zero", "maybe"}, "maybe"},
       {{"repack", in, "-o", out, "--format", "int1", "--asymmetric"}, "zero points"},
       {{"repack", in, "-o", out, "--asymmetric", "--zero", "none"}, "contradict"},
       {{"repack", in, "-o", out, "--format", "int2", "--layout", "codes"},
        "with group 128; layouts are planes"},
       {{"repack", in, "-o", out, "--format", "nf4", "--group", "tensor"},
        "groups of a multiple of 4 or row and"},
       {{"repack", in, "-o", out, "--threads", "-1"}, "--threads"},
       {{"repack", in, "-o", out, "--include", "nothing*"}, "nothing*"},
       {{"repack", in, "-o", out, "--exclude", "*"}, "no tensor"},
       {{"repack", in, "-o", out, "--head-dim", "4"}, "--head-dim belongs to --order"},
       {{"repack", in, "-o", out, "--head-dim", "4", "--order", "none"}, "belongs to --order"},
       {{"repack", in, "-o", in}, "is the input"},
       {{"repack", in, "-o", "-"}, "'-' names no file"},
       {{"repack", in, "-o", in, "--force"}, "is the input"},
       {explain({"--format", "float"}), "float"},
       {explain({"--mode", "quick"}), "quick"},
       {explain({"--target", "Z80"}), "Z80"},
       {explain({"--kernel", "none_such"}), "none_such"},
       {explain({"--block", "7"}), "block"},
       {explain({"--act-bfp", "8"}), "mode exact"},
       {explain({"--act-bfp", "9", "--mode", "exact"}), "3 to 8"},
       {{"explain", "--m", "0", "--n", "64", "--k", "64"}, "--m: '0'"},
       {explain({"--out", "i32"}), "i32"},
       {{"explain", "--n", "64", "--k", "99999999"}, "99999999"},
       {{"explain", "--n", "2147483649", "--k", "64"}, "1 to 2147483648"},
       {explain({"--m", "2147483649"}), "1 to 2147483648"},
       {{"bench", "--formats", "int9"}, "int9"},
       {{"bench", "--shapes", "1x2"}, "1x2"},
       {{"bench", "--shapes", "1x64x16777217"}, "above the limit of 16777216"},
       {{"bench", "--shapes", "1x2147483649x64"}, "above the limit of 2147483648"},
       {{"kernels", "--m", "1,0"}, "'0' is not a number of tokens"},
       {{"sim", "--problem", "1x64x64", "--format", "nf4"}, "no weights of format nf4"},
       {{"graph", in, "--format", "bfp4b32"}, "no weights of format bfp4"},
       {{"bench", "--shapes", "1x2x3x4"}, "1x2x3x4"},
       {{"bench", "--shapes", "0x64x64"}, "0x64x64"},
       {{"bench", "--mode", "slow"}, "slow"},
       {{"bench", "--working-set", "0"}, "--working-set"},
       {{"bench", "--baseline", "cublas"}, "onednn"},
       {{"tune", "--shapes", "1x64x64"}, "1x64x64"},
       {{"tune", "--shapes", "64"}, "NxK"},
       {{"tune", "--tokens", "1,0"}, "'0'"},
       {{"tune", "--formats", "int9"}, "int9"},
       {{"tune", "--target", "Z80", "--dry-run", "--shapes", "64x64"}, "Z80"},
       {{"cpu", "--bogus"}, "--bogus"}},
      2);
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("bad input files give 3") {
  const TempDir dir;
  const std::string good = dir / "good.safetensors";
  WriteSafetensors(good, SmallModel());
  const std::string cut = dir / "cut.safetensors";
  const std::string bytes = ReadText(good);
  WriteText(cut, bytes.substr(0, bytes.size() - 5));
  WriteText(dir / "noise", std::string(4096, '\x7f'));
  WriteText(dir / "empty", "");
  WriteText(dir / "index.json", R"({"weight_map":{"a":"gone.safetensors"}})");
  std::vector<Tensor> nan = SmallModel();
  nan[0].values[205] = NAN;
  WriteSafetensors(dir / "nan.safetensors", nan);
  for (const std::string command : {"inspect", "verify"}) {
    CheckAll(dir,
             {{{command, dir / "absent"}, "absent"},
              {{command, cut}, "cut.safetensors"},
              {{command, dir / "noise"}, "noise"},
              {{command, dir / "empty"}, "empty"},
              {{command, dir / "index.json"}, "gone.safetensors"}},
             3);
  }
  const std::string out = dir / "out.safetensors";
  const std::string nowhere = dir / "no/such/folder/out.safetensors";
  CheckAll(dir,
           {{{"verify", good}, "not a file of packed weights"},
            {{"repack", dir / "absent", "-o", out}, "absent"},
            {{"repack", cut, "-o", out}, "cut.safetensors"},
            {{"repack", dir / "index.json", "-o", out}, "gone.safetensors"},
            {{"repack", good, "-o", nowhere}, "out.safetensors"},
            {{"repack", dir / "nan.safetensors", "-o", out}, "layer.0.proj.weight"}},
           3);
  CHECK(dir.Names() == std::set<std::string>{"good.safetensors", "cut.safetensors", "noise",
                                             "empty", "index.json", "nan.safetensors"});
}

TEST_CASE("demo: data that is no regular file gives 3") {
  const std::string data = LUTGEMM_SOURCE_DIR "/data/tiny_lm/";
  for (const std::string name : {"full.safetensors", "heldout.txt", "reference.json"}) {
    const TempDir dir;
    for (const std::string file :
         {"full.safetensors", "ternary.safetensors", "heldout.txt", "reference.json"}) {
      if (file != name) std::filesystem::create_symlink(data + file, dir / file);
    }
    REQUIRE(mkfifo((dir / name).c_str(), 0600) == 0);
    CheckAll(dir, {{{"demo", "--data", dir.path()}, name + ": is not a regular file"}}, 3);
    std::filesystem::remove(dir / name);
    std::filesystem::create_directory(dir / name);
    CheckAll(dir, {{{"demo", "--data", dir.path()}, name + ": is "}}, 3);
  }
}

TEST_CASE("failed checks give 1, sound files 0") {
  const TempDir dir;
  const std::string in = dir / "in.safetensors";
  const std::string packed = dir / "packed.safetensors";
  WriteSafetensors(in, SmallModel());
  REQUIRE(Run(dir, {"repack", in, "-o", packed}).code == 0);
  CHECK(Run(dir, {"verify", packed}).code == 0);
  CHECK(Run(dir, {"verify", packed, "--against", in}).code == 0);
  CHECK(Run(dir, {"inspect", packed}).code == 0);
  CHECK(Run(dir, {"cpu"}).code == 0);
  CHECK(Run(dir, {"--version"}).code == 0);
  CHECK(Run(dir, {"repack", packed, "-o", dir / "again.safetensors"}).code == 3);

  std::string bytes = ReadText(packed);
  uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  bytes[static_cast<size_t>(header) + 8 + 100] ^= 1;  // in the first packed tensor
  WriteText(dir / "damaged.safetensors", bytes);
  CHECK(RunJson(dir, {"inspect", dir / "damaged.safetensors"},
                1)["tensors"][0]["packed"]["checksum_ok"] == false);
  CHECK(RunJson(dir, {"verify", dir / "damaged.safetensors"}, 1)["ok"] == false);
}

// Whatever bit of a packed file is damaged: one in every byte, the bit drawn by its place.
TEST_CASE("verify and inspect find damage in any part of a file") {
  const TempDir dir;
  WriteSafetensors(dir / "in", SmallModel());
  REQUIRE(Run(dir, {"repack", dir / "in", "-o", dir / "p"}).code == 0);
  const std::string whole = ReadText(dir / "p");
  uint64_t header = 0;
  std::memcpy(&header, whole.data(), 8);
  const size_t data = static_cast<size_t>(header) + 8;
  const size_t key = whole.find("lutgemm.tensor.layer");
  const std::vector<size_t> places = {
      0, 4, 10, key, key + 20, data - 1, data + 1, data + 2700, whole.size() - 1};
  for (const size_t at : places) {
    CAPTURE(at);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    WriteText(dir / "d", damaged);
    for (const std::string command : {"inspect", "verify"}) {
      CHECK(Run(dir, {command, dir / "d"}).code == (at < data ? 3 : 1));
    }
  }
  const Json report = RunJson(dir, {"verify", dir / "d"}, 1);
  CHECK(report["failures"][0].get<std::string>().find("checksum") != std::string::npos);
  for (const std::string& damaged : {whole + "x", whole.substr(0, whole.size() - 1)}) {
    WriteText(dir / "d", damaged);
    CHECK(Run(dir, {"verify", dir / "d"}).code == 3);
  }
}

TEST_CASE("a file of version 1 is verified, and what it cannot tell is said") {
  const TempDir dir;
  const std::string old = LUTGEMM_TEST_DIR "/golden/packed_v1.safetensors";
  const Json report = RunJson(dir, {"verify", old});
  CHECK(report["passed_through"] == 2);
  CHECK(report["unchecked"] == 2);
  CHECK(Run(dir, {"verify", old}).out.find("have no checksum") != std::string::npos);
  const Json tensors = RunJson(dir, {"inspect", old})["tensors"];
  CHECK(tensors[0]["checksum_ok"] == true);
  CHECK(tensors[2]["checksum_ok"].is_null());
}

TEST_CASE("verify --against finds what is not the original") {
  const TempDir dir;
  const std::string in = dir / "in.safetensors";
  const std::string packed = dir / "packed.safetensors";
  WriteSafetensors(in, SmallModel());
  REQUIRE(Run(dir, {"repack", in, "-o", packed}).code == 0);
  const auto failures = [&](const std::vector<Tensor>& tensors) {
    WriteSafetensors(dir / "other.safetensors", tensors);
    return RunJson(dir, {"verify", packed, "--against", dir / "other.safetensors"}, 1)["failures"]
        .dump();
  };
  std::vector<Tensor> other = SmallModel();
  other[0] = RandomTensor("layer.0.proj.weight", 48, 100, 99);
  CHECK(failures(other).find("are not what quantising the original gives") != std::string::npos);
  other = SmallModel();
  other[0] = RandomTensor("layer.0.proj.weight", 100, 48, 1);
  CHECK(failures(other).find("100 x 48 in the original, but 48 x 100") != std::string::npos);
  other = SmallModel();
  other.erase(other.begin());
  CHECK(failures(other).find("'layer.0.proj.weight': is not in the original") != std::string::npos);
  other = SmallModel();
  other.push_back(RandomTensor("more.weight", 2, 2));
  CHECK(failures(other).find("'more.weight': is missing from the packed file") !=
        std::string::npos);
  other = SmallModel();
  other[3].values[7] = 2.0f;
  CHECK(failures(other).find("'norm.weight': differs") != std::string::npos);
}
