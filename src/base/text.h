// Texts of errors: Cat joins pieces, MakeStatus makes a Status of them; and what stands between
// public calls and the code behind them.
#ifndef LUTGEMM_BASE_TEXT_H_
#define LUTGEMM_BASE_TEXT_H_

#include "base/float_mode.h"

#include <lutgemm/status.hpp>

#include <concepts>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lutgemm::base {

inline void AppendPiece(std::string& text, std::string_view piece) { text += piece; }
template <std::integral T>
void AppendPiece(std::string& text, T piece) {
  text += std::to_string(piece);
}
// Shortest form that names the value to six digits, "inf" and "nan" included.
inline void AppendPiece(std::string& text, double piece) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%g", piece);
  text += digits;
}

// Pieces are strings, integers and floating-point numbers.
template <class... Pieces>
std::string Cat(const Pieces&... pieces) {
  std::string text;
  (AppendPiece(text, pieces), ...);
  return text;
}

// Keeps the code where memory for the text runs out, with a text that says so.
template <class... Pieces>
Status MakeStatus(Code code, const Pieces&... pieces) noexcept {
  try {
    return {code, Cat(pieces...)};
  } catch (...) {
    return {code, "(no memory)"};
  }
}

// Runs `body`, which returns a Status or Result, in the floating-point mode that the library is
// written for, and turns what it throws into a Status. Public calls stand in it, and tasks that run
// on other threads; the only exceptions that the library's code meets are failed allocations.
template <class Body>
auto Guarded(const Body& body) noexcept -> decltype(body()) {
  const FloatMode mode;
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return MakeStatus(Code::kOutOfMemory, "out of memory");
  } catch (const std::length_error&) {
    return MakeStatus(Code::kOutOfMemory, "out of memory: a size is beyond what can be held");
  } catch (const std::exception& e) {
    return MakeStatus(Code::kInternal, "unexpected exception: ", std::string_view(e.what()));
  } catch (...) {
    return MakeStatus(Code::kInternal, "unexpected exception");
  }
}

}  // namespace lutgemm::base

#endif  // LUTGEMM_BASE_TEXT_H_
