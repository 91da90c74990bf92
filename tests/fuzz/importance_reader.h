// What fuzz targets and mutation tests do with a damaged importance matrix.
#ifndef LUTGEMM_TESTS_FUZZ_IMPORTANCE_READER_H_
#define LUTGEMM_TESTS_FUZZ_IMPORTANCE_READER_H_

#include "fuzz/readers.h"
#include "tools/command/common/importance_file.h"

#include <cmath>

namespace lutgemm::fuzz {

// An error is clean, and what is read holds numbers that can be used. Tells whether it was read.
inline bool ReadImportance(Bytes file) {
  const auto parsed = tools::ParseImportance(file, kName);
  RequireClean(parsed.status());
  if (!parsed.ok()) return false;
  for (const auto& [name, means] : *parsed) {
    Require(!means.empty());
    for (const float mean : means) Require(std::isfinite(mean) && mean >= 0);
  }
  return true;
}

}  // namespace lutgemm::fuzz

#endif  // LUTGEMM_TESTS_FUZZ_IMPORTANCE_READER_H_
