// Models that were split into several GGUF files, and what indices of shards may look like.
#include "kit.h"

namespace lutgemm::io {
namespace {

using io_test::Contains;
using io_test::GgufKey;
using io_test::GgufString;
using io_test::Little;
using io_test::TempDir;
using io_test::Text;

struct Part {
  uint64_t no = 0;
  uint64_t count = 3;
  uint64_t tensors = 2;
  std::string tensor;  // empty: a part of metadata alone
};

std::string Bytes(const Part& part) {
  io_test::Gguf file;
  file.keys = {GgufKey("general.name", 8, GgufString("part " + std::to_string(part.no))),
               GgufKey("split.no", 2, Little(part.no, 2)),
               GgufKey("split.count", 2, Little(part.count, 2)),
               GgufKey("split.tensors.count", 5, Little(part.tensors, 4))};
  if (!part.tensor.empty()) {
    file.tensors = {io_test::GgufDeclaration({part.tensor, {4}, 0, 0})};
    file.data = "0123456789abcde" + part.tensor.substr(0, 1);
  }
  return file.bytes();
}

std::string Name(uint64_t no) { return "m-0000" + std::to_string(no + 1) + "-of-00003.gguf"; }

void PutAll(const TempDir& dir) {
  dir.Put(Name(0), Bytes({0, 3, 2, ""}));
  dir.Put(Name(1), Bytes({1, 3, 2, "b"}));
  dir.Put(Name(2), Bytes({2, 3, 2, "a"}));
}

void CheckError(const Result<TensorFile>& file, Code code, std::string_view part) {
  REQUIRE_FALSE(file.ok());
  CHECK(file.status().code() == code);
  CHECK_MESSAGE(Contains(file.status().text(), part), file.status().text());
}

TEST_CASE("split GGUF: any part opens the whole model") {
  const TempDir dir;
  PutAll(dir);
  for (uint64_t no = 0; no < 3; ++no) {
    CAPTURE(no);
    const auto file = TensorFile::Open(dir / Name(no));
    REQUIRE_MESSAGE(file.ok(), file.status().text());
    REQUIRE(file->tensors().size() == 2);
    CHECK(file->tensors()[0].name == "b");
    CHECK(Text(file->Find("a")->bytes) == "0123456789abcdea");
    CHECK(file->metadata().at("general.name") == "part 0");
    CHECK_FALSE(file->metadata().contains("split.count"));
    REQUIRE(file->paths().size() == 3);
    CHECK(file->paths()[1] == dir / Name(1));
  }
}

TEST_CASE("split GGUF: a key is what the first part that has it says, arrays included") {
  const TempDir dir;
  const auto with = [](uint64_t no, const std::string& tensor, const std::string& key) {
    io_test::Gguf file;
    file.keys = {GgufKey("split.no", 2, Little(no, 2)), GgufKey("split.count", 2, Little(2, 2)),
                 GgufKey("split.tensors.count", 5, Little(2, 4)), key};
    file.tensors = {io_test::GgufDeclaration({tensor, {4}, 0, 0})};
    file.data = std::string(16, 'd');
    return file.bytes();
  };
  const auto list = [](uint64_t value) { return Little(0, 4) + Little(1, 8) + Little(value, 1); };
  const auto open = [&](const std::string& first, const std::string& second) {
    dir.Put("m-00001-of-00002.gguf", with(0, "a", first));
    dir.Put("m-00002-of-00002.gguf", with(1, "b", second));
    auto file = TensorFile::Open(dir / "m-00001-of-00002.gguf");
    REQUIRE_MESSAGE(file.ok(), file.status().text());
    return *std::move(file);
  };
  const TensorFile both = open(GgufKey("x", 9, list(1)), GgufKey("y", 9, list(2)));
  REQUIRE(both.FindArray("x") != nullptr);
  REQUIRE(both.FindArray("y") != nullptr);
  CHECK(*both.FindArray("y")->Integers() == std::vector<int64_t>{2});
  CHECK(*open(GgufKey("x", 9, list(1)), GgufKey("x", 9, list(2))).FindArray("x")->Integers() ==
        std::vector<int64_t>{1});
  CHECK(open(GgufKey("x", 0, Little(1, 1)), GgufKey("x", 9, list(2))).FindArray("x") == nullptr);
}

TEST_CASE("split GGUF: parts that are missing are named, all of them") {
  const TempDir dir;
  PutAll(dir);
  std::filesystem::remove(dir / Name(0));
  std::filesystem::remove(dir / Name(2));
  CheckError(TensorFile::Open(dir / Name(1)), Code::kNotFound,
             "is one of 3 parts of a model; missing: " + Name(0) + ", " + Name(2));
}

TEST_CASE("split GGUF: parts that do not go together") {
  struct Case {
    uint64_t no;  // of the part that is put in the place of a good one
    Part part;
    Code code;
    const char* reason;
  };
  const Case cases[] = {
      {1, {0, 3, 2, "b"}, Code::kCorruptFile, "should be part 2 of 3"},
      {1, {1, 4, 2, "b"}, Code::kCorruptFile, "should be part 2 of 3"},
      {1, {1, 3, 3, "b"}, Code::kCorruptFile, "should be part 2 of 3"},
      {1, {1, 3, 2, "a"}, Code::kCorruptFile, "tensor 'a': is in an earlier part"},
      {0,
       {0, 3, ~uint64_t{0}, ""},
       Code::kCorruptFile,
       "split.tensors.count is '-1'; it must be a number of 0 or more"},
      {2, {2, 3, ~uint64_t{0}, "a"}, Code::kCorruptFile, "split.tensors.count is '-1'"},
      {2, {2, 3, 2, ""}, Code::kCorruptFile, "is 2; the 3 parts have 1 tensors"},
      {0, {3, 3, 2, ""}, Code::kCorruptFile, "split.no does not say which"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.reason);
    const TempDir dir;
    PutAll(dir);
    dir.Put(Name(c.no), Bytes(c.part));
    CheckError(TensorFile::Open(dir / Name(0)), c.code, c.reason);
  }
}

TEST_CASE("split GGUF: a part under another name") {
  const TempDir dir;
  PutAll(dir);
  CheckError(TensorFile::Open(dir.Put("model.gguf", Bytes({1, 3, 2, "b"}))), Code::kBadArgument,
             "is part 2 of 3 of a model; to find the others its name must end in "
             "-00002-of-00003.gguf");
  // A model in one part is a model.
  CHECK(TensorFile::Open(dir.Put("one.gguf", Bytes({0, 1, 1, "b"}))).ok());
}

TEST_CASE("shards: a byte order mark before the index") {
  const TempDir dir;
  dir.Put("s", io_test::MinimalSafetensors());
  const std::string index = R"({"weight_map":{"a":"s"}})";
  const auto file = TensorFile::Open(dir.Put("index.json", "\xef\xbb\xbf" + index));
  REQUIRE_MESSAGE(file.ok(), file.status().text());
  CHECK(file->Find("a") != nullptr);
  CHECK(file->paths().size() == 1);
  std::string wide = "\xff\xfe";
  for (const char c : index) wide += {c, '\0'};
  CheckError(TensorFile::Open(dir.Put("wide.json", wide)), Code::kCorruptFile, "UTF-16");
}

TEST_CASE("shards: an index among the shards") {
  const TempDir dir;
  const std::string own = dir.Put("own.json", R"({"weight_map":{"a":"own.json"}})");
  CheckError(TensorFile::Open(own), Code::kCorruptFile, "own.json: is itself an index");
  const std::string other =
      dir.Put("other.json", "\xef\xbb\xbf{\"weight_map\":{\"a\":\"own.json\"}}");
  CheckError(TensorFile::Open(other), Code::kCorruptFile, "own.json: is itself an index");
}

}  // namespace
}  // namespace lutgemm::io
