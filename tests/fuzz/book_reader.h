// What fuzz targets and mutation tests do with a damaged file of codebook values.
#ifndef LUTGEMM_TESTS_FUZZ_BOOK_READER_H_
#define LUTGEMM_TESTS_FUZZ_BOOK_READER_H_

#include "format/codebook.h"
#include "fuzz/readers.h"
#include "tools/console/book_file.h"

namespace lutgemm::fuzz {

// A book that is taken is sound. Tells whether it was.
inline bool ReadBook(std::string_view text) {
  const Result<Codebook> book = tools::ParseBook(text);
  Require(book.ok() || (!book.status().text().empty() && book.status().text().size() < 600));
  Require(!book.ok() || format::CheckBook(*book).ok());
  return book.ok();
}

}  // namespace lutgemm::fuzz

#endif  // LUTGEMM_TESTS_FUZZ_BOOK_READER_H_
