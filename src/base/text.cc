#include "base/text.h"

#include <cstdio>

namespace lutgemm::base {

void AppendPiece(std::string& text, double piece) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%g", piece);
  text += digits;
}

}  // namespace lutgemm::base
