#include "io/json.h"

#include "kit.h"

namespace lutgemm::io {
namespace {

using io_test::Contains;

// Writes down what it is told, in order.
class Recorder : public JsonVisitor {
 public:
  Status Open(Path path, bool is_object) override { return Add(path, is_object ? "{" : "["); }
  Status Scalar(Path path, const JsonScalar& value) override {
    if (value.text == "stop") return {Code::kCorruptFile, "stopped"};
    const char* kinds[] = {"null", "bool ", "int ", "num ", "str "};
    std::string text = kinds[static_cast<size_t>(value.kind)];
    const bool number =
        value.kind == JsonScalar::Kind::kBool || value.kind == JsonScalar::Kind::kUnsigned;
    text += number ? std::to_string(value.number) : std::string(value.text);
    return Add(path, text);
  }
  Status Close(Path path) override { return Add(path, "end"); }

  std::string log;

 private:
  Status Add(Path path, std::string_view what) {
    for (const std::string& key : path) log += key + "/";
    log += std::string(what) + ";";
    return {};
  }
};

Status Visit(std::string_view text) {
  Recorder recorder;
  return VisitJson(text, "f.json", recorder);
}

TEST_CASE("json: values come in order with their paths") {
  Recorder recorder;
  REQUIRE(VisitJson(R"( {"a":[1,{"b":null}],"c":"x\u00e9","d":true,"e":{}} )", "f", recorder).ok());
  CHECK(recorder.log ==
        "{;a/[;a//int 1;a//{;a//b/null;a//end;a/end;c/str x\xc3\xa9;d/bool 1;e/{;e/end;end;");
}

TEST_CASE("json: only digits that fit 64 bits are integers") {
  Recorder recorder;
  REQUIRE(
      VisitJson("[0,18446744073709551615,18446744073709551616,-1,-0,1.0,1e3]", "f", recorder).ok());
  CHECK(Contains(recorder.log, "[;/int 0;/int 18446744073709551615;/num 18446744073709551616;"));
  CHECK(Contains(recorder.log, "/num -1;/num 0;/num 1.0;/num 1e3;end;"));
}

TEST_CASE("json: the visitor's error ends the reading") {
  const Status status = Visit(R"(["stop", syntax error])");
  CHECK(status.text() == "stopped");
}

TEST_CASE("json: malformed texts are refused with their place") {
  struct Case {
    std::string text;
    std::string reason;
  };
  const Case cases[] = {
      {"", "ends too early"},
      {"{", "ends too early"},
      {R"({"a":1)", "ends too early"},
      {R"({"a":1} x)", "not valid JSON at byte 8"},
      {R"({"a":1}{})", "not valid JSON at byte 7"},
      {R"({"a":01})", "not valid JSON at byte 6"},
      {R"({"a":1,})", "not valid JSON at byte 7"},
      {R"({"a":nul})", "not valid JSON at byte 8"},
      {R"({'a':1})", "not valid JSON at byte 1"},
      {R"({"a":1e999})", "not valid JSON"},
      {R"({"a":"\ud800"})", "not valid JSON"},
      {"{\"a\":\"\n\"}", "not valid JSON"},
      {"/* c */ {}", "not valid JSON at byte 0"},
      {"{\"a\":\"\xff\"}", "not UTF-8"},
      {"\xef\xbb\xbf{}", "byte order mark"},
      {std::string("{}\0garbage", 10), "NUL at byte 2"},
      {R"({"a":1,"b":2,"a":3})", "duplicate key 'a'"},
      {R"({"x":{"a":1,"\u0061":3}})", "duplicate key 'a'"},
      {"[[[[[[[[[1]]]]]]]]]", "deeper than 8"},
      {R"({"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}})", "deeper than 8"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Status status = Visit(c.text);
    CHECK(status.code() == Code::kCorruptFile);
    CHECK(status.text().starts_with("f.json: "));
    CHECK_MESSAGE(Contains(status.text(), c.reason), status.text());
  }
  CHECK(Visit("[[[[[[[[1]]]]]]]]").ok());
  CHECK(Visit(R"({"a":{"b":1},"c":{"b":1}})").ok());
}

TEST_CASE("json: texts over the limit are refused unread") {
  const std::string text(kMaxJsonBytes + 1, ' ');
  CHECK(Contains(Visit(text).text(), "limit is 100000000"));
}

TEST_CASE("json: written strings read back") {
  const std::string nasty = std::string("a\"\\/\b\n\t\x01\x1f\x7f\0z\xc3\xa9", 15);
  std::string json = "[";
  AppendJsonString(json, nasty);
  Recorder recorder;
  REQUIRE(VisitJson(json + "]", "f", recorder).ok());
  CHECK(recorder.log == "[;/str " + nasty + ";end;");
}

}  // namespace
}  // namespace lutgemm::io
