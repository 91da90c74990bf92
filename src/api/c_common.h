// What the files of the C interface share: how a call runs, and what becomes of its failure.
#ifndef LUTGEMM_API_C_COMMON_H_
#define LUTGEMM_API_C_COMMON_H_

#include "api/c_handles.h"
#include "api/c_structs.h"
#include "base/text.h"

#include <lutgemm/lutgemm.h>

#include <lutgemm/lutgemm.hpp>

#include <utility>

namespace lutgemm::capi {

// Keeps the text of a failure for LastError and gives the status its number.
lutgemm_status Report(const Status& status) noexcept;
// What lutgemm_last_error returns.
const char* LastError() noexcept;

// Runs a body that returns Status, on behalf of a C function.
template <class Body>
lutgemm_status Call(const Body& body) noexcept {
  return Report(base::Guarded(body));
}

// The same for a call that makes something: `out` holds null until the body has stored it.
template <class Handle, class Body>
lutgemm_status Make(Handle** out, const Body& body) noexcept {
  return Call([&]() -> Status {
    if (out == nullptr) return NullArgument("out");
    *out = nullptr;
    return body();
  });
}

// Puts a result into a handle of its own.
template <class Handle, class Value>
Status Hand(Result<Value> result, Handle** out) {
  if (!result.ok()) return result.status();
  *out = new Handle{*std::move(result)};
  return {};
}

}  // namespace lutgemm::capi

#endif  // LUTGEMM_API_C_COMMON_H_
