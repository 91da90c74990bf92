#include "kit.h"

#include <sys/stat.h>

namespace lutgemm::io {
namespace {

using io_test::Contains;
using io_test::Entry;
using io_test::MinimalGguf;
using io_test::MinimalSafetensors;
using io_test::Safetensors;
using io_test::TempDir;
using io_test::Text;

void CheckError(const Result<TensorFile>& file, Code code, std::string_view part) {
  REQUIRE_FALSE(file.ok());
  CHECK(file.status().code() == code);
  CHECK_MESSAGE(Contains(file.status().text(), part), file.status().text());
}

TEST_CASE("TensorFile: the container is told by content, not by name") {
  const TempDir dir;
  const auto gguf = TensorFile::Open(dir.Put("a.safetensors", MinimalGguf()));
  REQUIRE_MESSAGE(gguf.ok(), gguf.status().text());
  CHECK(gguf->container() == "gguf");
  CHECK(gguf->metadata().at("general.alignment") == "32");
  const auto safetensors = TensorFile::Open(dir.Put("b.gguf", MinimalSafetensors()));
  REQUIRE_MESSAGE(safetensors.ok(), safetensors.status().text());
  CHECK(safetensors->container() == "safetensors");
  REQUIRE(safetensors->Find("a") != nullptr);
  CHECK(Text(safetensors->Find("a")->bytes) == "\1\2\3\4");
  CHECK(safetensors->Find("b") == nullptr);
  CHECK(safetensors->Find("") == nullptr);
  CHECK_FALSE(IsPacked(*safetensors));
}

TEST_CASE("TensorFile: a header length that reads as '{' is no JSON file") {
  const TempDir dir;
  std::string json = "{" + Entry("a", "U8", "[1]", "[0,1]") + "}";
  json.resize('{', ' ');
  const auto file = TensorFile::Open(dir.Put("a", Safetensors(json, "x")));
  REQUIRE_MESSAGE(file.ok(), file.status().text());
  CHECK(file->tensors().size() == 1);
}

TEST_CASE("TensorFile: copies share the mapping and keep it") {
  const TempDir dir;
  TensorFile copy;
  CHECK(copy.tensors().empty());
  CHECK(copy.Find("a") == nullptr);
  CHECK(copy.metadata().empty());
  CHECK(copy.container().empty());
  {
    const auto file = TensorFile::Open(dir.Put("a", MinimalSafetensors()));
    REQUIRE(file.ok());
    copy = *file;
    CHECK(copy.keep_alive() == file->keep_alive());
  }
  CHECK(Text(copy.tensors()[0].bytes) == "\1\2\3\4");
}

TEST_CASE("TensorFile: what cannot be opened") {
  const TempDir dir;
  CheckError(TensorFile::Open(dir / "none"), Code::kIo, "No such file");
  CheckError(TensorFile::Open(""), Code::kBadArgument, "not a file name");
  CheckError(TensorFile::Open(dir.Put("a", MinimalSafetensors()) + std::string("\0x", 2)),
             Code::kBadArgument, "not a file name");
  CheckError(TensorFile::Open(dir.path()), Code::kBadArgument, "is a directory");
  CheckError(TensorFile::Open("\x1b[2J"), Code::kIo, "'\\x1b[2J': cannot open: ");
  CheckError(TensorFile::Open("/dev/zero"), Code::kBadArgument, "not a regular file");
  CheckError(TensorFile::Open(dir.Put("empty", "")), Code::kCorruptFile, "empty");
  const std::string pipe = dir / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CheckError(TensorFile::Open(pipe), Code::kBadArgument, "not a regular file");
}

TEST_CASE("TensorFile: errors name the file") {
  const TempDir dir;
  for (const char* bytes :
       {"x", "some text that is no checkpoint", "GGUF", "{}", "[]", "{\"a\":1}"}) {
    CAPTURE(bytes);
    const std::string path = dir.Put("bad", bytes);
    const auto file = TensorFile::Open(path);
    REQUIRE_FALSE(file.ok());
    CHECK(file.status().code() == Code::kCorruptFile);
    CHECK(file.status().text().starts_with(path + ": "));
  }
}

// Two shards of two tensors each, and the index's weight_map.
struct Shards {
  std::string map = R"("a":"s1","b":"s1","c":"s2","d":"s2")";
  std::string extra = R"("metadata":{"total_size":8,"note":"n","list":[1]},"other":[{}],)";
  std::string s1 =
      Safetensors(R"({"__metadata__":{"format":"pt"},)" + Entry("a", "U8", "[2]", "[0,2]") + "," +
                      Entry("b", "U8", "[2]", "[2,4]") + "}",
                  "aabb");
  std::string s2 =
      Safetensors(R"({"__metadata__":{"format":"np"},)" + Entry("d", "U8", "[2]", "[0,2]") + "," +
                      Entry("c", "U8", "[2]", "[2,4]") + "}",
                  "ddcc");

  Result<TensorFile> Open(const TempDir& dir) const {
    dir.Put("s1", s1);
    dir.Put("s2", s2);
    return TensorFile::Open(
        dir.Put("index.json", " \n{" + extra + "\"weight_map\":{" + map + "}}\n"));
  }
};

TEST_CASE("TensorFile: shards through their index") {
  const TempDir dir;
  const auto file = Shards().Open(dir);
  REQUIRE_MESSAGE(file.ok(), file.status().text());
  REQUIRE(file->tensors().size() == 4);
  CHECK(file->container() == "safetensors");
  CHECK(file->tensors()[2].name == "d");
  for (const char* name : {"a", "b", "c", "d"}) {
    REQUIRE(file->Find(name) != nullptr);
    CHECK(Text(file->Find(name)->bytes) == std::string(2, name[0]));
  }
  CHECK(file->metadata().at("total_size") == "8");
  CHECK(file->metadata().at("note") == "n");
  CHECK(file->metadata().at("format") == "pt");
  CHECK(file->metadata().size() == 3);
}

TEST_CASE("TensorFile: an index must agree with its shards") {
  struct Case {
    std::string map;
    std::string tensor;
    std::string reason;
  };
  const std::string good = Shards().map;
  const Case cases[] = {
      {R"("a":"s1","b":"s1","c":"s2")", "'d'", "not in the index"},
      {good + R"(,"e":"s1")", "'e'", "is not in its shard 's1'"},
      {good + R"(,"a":"s2")", "'a'", "duplicate key"},
      {R"("a":"s2","b":"s1","c":"s2","d":"s2")", "'a'", "mapped to another shard, 's2'"},
      {good + R"(,"e":"../s1")", "'e'", "not the name of a file beside"},
      {good + R"(,"e":"/etc/passwd")", "'e'", "not the name of a file beside"},
      {good + R"(,"e":"x/s1")", "'e'", "not the name of a file beside"},
      {good + R"(,"e":"..")", "'e'", "not the name of a file beside"},
      {good + R"(,"e":"")", "'e'", "not the name of a file beside"},
      {good + R"(,"e":"s1\u0000")", "'e'", "not the name of a file beside"},
      {good + R"(,"e":1)", "'e'", "does not give"},
      {good + R"(,"e":["s1"])", "'e'", "does not give"},
      {good + R"(,"e\u001b":"s1")", "'e\\x1b'", "control characters"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.map);
    const TempDir dir;
    Shards shards;
    shards.map = c.map;
    const auto file = shards.Open(dir);
    CheckError(file, Code::kCorruptFile, c.reason);
    CHECK_MESSAGE(Contains(file.status().text(), c.tensor), file.status().text());
  }
}

TEST_CASE("TensorFile: a tensor in two shards, a shard that is missing or of another kind") {
  const TempDir dir;
  Shards twice;
  twice.s2 = twice.s1;
  CheckError(twice.Open(dir), Code::kCorruptFile, "mapped to another shard");
  Shards missing;
  missing.map += R"(,"e":"s3")";
  CheckError(missing.Open(dir), Code::kIo, "s3: cannot open: No such file");
  Shards gguf;
  gguf.s2 = MinimalGguf();
  CheckError(gguf.Open(dir), Code::kCorruptFile, "s2: header length");
}

TEST_CASE("TensorFile: indices of the wrong form") {
  const TempDir dir;
  for (const char* json :
       {R"({"weight_map":1})", R"({"weight_map":["a"]})", R"({"weight_map":"a"})",
        R"({"metadata":{}})", R"({"weight_map":{"a":{"b":"c"}}})", R"({"weight_map":{}})"}) {
    CAPTURE(json);
    CheckError(TensorFile::Open(dir.Put("index.json", json)), Code::kCorruptFile, "weight_map");
  }
  CheckError(TensorFile::Open(dir.Put("none.json", R"({"weight_map":{}})")), Code::kCorruptFile,
             "none.json: weight_map names no shard");
}

TEST_CASE("TensorFile: shards that contradict each other about packed weights") {
  const TempDir dir;
  Shards shards;
  shards.s1 =
      Safetensors(R"({"__metadata__":{"lutgemm.version":"1"},)" + Entry("a", "U8", "[2]", "[0,2]") +
                      "," + Entry("b", "U8", "[2]", "[2,4]") + "}",
                  "aabb");
  CHECK(shards.Open(dir).ok());
  shards.s2 =
      Safetensors(R"({"__metadata__":{"lutgemm.version":"3"},)" + Entry("d", "U8", "[2]", "[0,2]") +
                      "," + Entry("c", "U8", "[2]", "[2,4]") + "}",
                  "ddcc");
  CheckError(shards.Open(dir), Code::kCorruptFile, "contradicts another shard");
}

}  // namespace
}  // namespace lutgemm::io
