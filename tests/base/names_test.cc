#include "base/names.h"

#include <doctest/doctest.h>

#include <string>

namespace lutgemm::base {
namespace {

TEST_CASE("names: UTF-8 with its edges") {
  for (const char* good : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(good);
    CHECK(IsUtf8(good));
  }
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    CHECK_FALSE(IsUtf8(bad));
    CHECK_FALSE(IsUtf8(std::string("ab") + bad + "c"));
  }
}

TEST_CASE("names: control characters are no plain text") {
  CHECK(IsPlainText("model.layers.0.weight"));
  CHECK(IsPlainText("\xc3\xa9t\xc3\xa9"));
  for (const char* bad : {"a\nb", "\x1b[2J", "\x7f", "\xc2\x9b", "\t"})
    CHECK_FALSE(IsPlainText(bad));
  CHECK_FALSE(IsPlainText(std::string_view("a\0b", 3)));
}

TEST_CASE("names: plain file names stay in their directory") {
  CHECK(IsPlainFileName("model-00001-of-00002.safetensors"));
  CHECK(IsPlainFileName("..safetensors"));
  for (const char* bad : {"", ".", "..", "/etc/passwd", "../x", "a/b", "a\nb"}) {
    CAPTURE(bad);
    CHECK_FALSE(IsPlainFileName(bad));
  }
}

TEST_CASE("names: quoting shows what a terminal would hide") {
  CHECK(Quote("w") == "'w'");
  CHECK(Quote("a\x1b[0m\xff") == "'a\\x1b[0m\\xff'");
  CHECK(Quote("\xc2\x9b") == "'\\xc2\\x9b'");
  const std::string cut = Quote(std::string(1000, 'x'));
  CHECK(cut.size() < 120);
  CHECK(cut.ends_with("...'"));
}

}  // namespace
}  // namespace lutgemm::base
