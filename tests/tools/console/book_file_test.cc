// Files of codebook values: how numbers stand in them, what is refused, damaged ones.
#include "tools/console/book_file.h"

#include "fuzz/book_reader.h"
#include "fuzz/mutator.h"

using namespace lutgemm;
using tools::ParseBook;

TEST_CASE("numbers between spaces, commas, semicolons and line ends, with comments") {
  const Result<Codebook> book = ParseBook("# four\n-1, +0.5;1\r\n\t0 # 7\n");
  REQUIRE_MESSAGE(book.ok(), book.status().text());
  CHECK(book->codes == 4);
  const float want[] = {-1, 0.5f, 1, 0};
  const Result<Codebook> same = MakeCodebook(want);
  REQUIRE(same.ok());
  CHECK(*book == *same);
}

TEST_CASE("what is no list of numbers is refused with its line") {
  const struct {
    std::string text;
    const char* says;
  } cases[] = {{"", "0 values; it must have 2 to 16"},
               {"1", "1 values"},
               {"1 2\n3 four", "line 2: 'four' is no number"},
               {"1 2 +-3", "line 1: '+-3' is no number"},
               {"1 2 1e60", "line 1: '1e60' is no number"},
               {"1 \x1b[2J", "line 1: '\\x1b[2J' is no number"},
               {"1 2 nan", "value 2 of the codebook is nan"},
               {"0 0", "all values of the codebook are zero"},
               {std::string(tools::kMaxBookFile + 1, ' '), "more than 65536 bytes"}};
  for (const auto& c : cases) {
    const Result<Codebook> book = ParseBook(c.text);
    REQUIRE_FALSE(book.ok());
    CHECK_MESSAGE(book.status().text().find(c.says) != std::string::npos, book.status().text());
  }
}

TEST_CASE("damaged lists give a sound book or an error") {
  fuzz::Mutator mutator(20240609, fuzz::Mutator::Kind::kBinary,
                        {"#", "\n", ",", "-", "+", ".", "e38", "e-45", "3.4028235e38", "1e-45", "0",
                         "inf", "nan", "0x1"});
  fuzz::ForMutants(
      {"# a book\n-8, -4, -2 -1 0\n1 2 4 8\n", "1e-30 -3e38 0.5"}, mutator, 20000,
      [](fuzz::Bytes bytes) {
        return fuzz::ReadBook({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      });
}
