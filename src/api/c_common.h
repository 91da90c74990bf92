// What the files of the C interface share: handles, versioned structs, enums, error texts.
#ifndef LUTGEMM_API_C_COMMON_H_
#define LUTGEMM_API_C_COMMON_H_

#include "base/text.h"

#include <lutgemm/lutgemm.h>

#include <lutgemm/lutgemm.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <string>

struct lutgemm_threads {
  std::unique_ptr<lutgemm::Threads> threads;
};

struct lutgemm_packed {
  lutgemm::PackedWeights weights;
};

struct lutgemm_file {
  lutgemm::PackedFile file;
};

struct lutgemm_plan {
  lutgemm::Plan plan;
  // Made by the first call that asks for it; of several at once one makes the text that stays.
  mutable std::atomic<const std::string*> explain = nullptr;

  ~lutgemm_plan() { delete explain.load(std::memory_order_acquire); }
};

struct lutgemm_experts {
  lutgemm::ExpertPlan plan;
};

namespace lutgemm::capi {

// Keeps the text of a failure for LastError and gives the status its number.
lutgemm_status Report(const Status& status) noexcept;
// Callers' problems and producers; `k` is the number of channels that an order has.
Status ReadProblem(const lutgemm_problem* problem, size_t k, Problem* out);
Status ReadProducer(const lutgemm_producer* producer, Producer* out);
// What lutgemm_last_error returns.
const char* LastError() noexcept;

// Runs a body that returns Status, on behalf of a C function.
template <class Body>
lutgemm_status Call(const Body& body) noexcept {
  return Report(base::Guarded(body));
}

inline Status NullArgument(std::string_view name) noexcept {
  return base::MakeStatus(Code::kBadArgument, name, " is null");
}

// A caller's enum. Every enum's values are consecutive, from `first` to `last`.
template <class Enum>
Status ToEnum(uint32_t value, Enum first, Enum last, Enum* out) noexcept {
  if (value < static_cast<uint32_t>(first) || value > static_cast<uint32_t>(last)) {
    return base::MakeStatus(Code::kBadArgument, "enum value ", value, " is not one of ",
                            Name(first), " (", static_cast<uint32_t>(first), ") to ", Name(last),
                            " (", static_cast<uint32_t>(last), ")");
  }
  *out = static_cast<Enum>(value);
  return {};
}
inline Status ToEnum(uint32_t value, WeightFormat* out) noexcept {
  return ToEnum(value, WeightFormat::kInt1, WeightFormat::kBfp8, out);
}
inline Status ToEnum(uint32_t value, Elem* out) noexcept {
  return ToEnum(value, Elem::kF32, Elem::kU8, out);
}
inline Status ToEnum(uint32_t value, ZeroKind* out) noexcept {
  return ToEnum(value, ZeroKind::kNone, ZeroKind::kFloat, out);
}
inline Status ToEnum(uint32_t value, LayoutId* out) noexcept {
  return ToEnum(value, LayoutId::kDefault, LayoutId::kCodes, out);
}
inline Status ToEnum(uint32_t value, Mode* out) noexcept {
  return ToEnum(value, Mode::kFast, Mode::kExact, out);
}

// First failure of several conversions.
inline Status FirstError(std::initializer_list<Status> statuses) {
  const auto bad = std::ranges::find_if(statuses, [](const Status& s) { return !s.ok(); });
  return bad != statuses.end() ? *bad : Status();
}

// Copies a caller's struct. One from a newer header than this library is taken as long as the
// fields that the library does not know are zero.
template <class Struct>
Status ReadStruct(const Struct* from, std::string_view name, Struct* out) noexcept {
  if (from == nullptr) return NullArgument(name);
  const size_t size = from->struct_size;
  if (size < sizeof(Struct)) {
    return base::MakeStatus(Code::kBadArgument, "struct_size of ", name, " is ", size,
                            "; it must be at least ", sizeof(Struct),
                            ": start from the struct's _INIT macro");
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(from);
  if (std::any_of(bytes + sizeof(Struct), bytes + size, [](unsigned char b) { return b != 0; })) {
    return base::MakeStatus(Code::kBadArgument, name, " has ", size, " bytes, of which those past ",
                            sizeof(Struct), " hold a field that this library does not know");
  }
  std::memcpy(out, from, sizeof(Struct));
  return {};
}

// Fills a caller's struct but for its struct_size.
template <class Struct>
Status WriteStruct(const Struct& from, std::string_view name, Struct* to) noexcept {
  Struct known;
  if (Status status = ReadStruct<Struct>(to, name, &known); !status.ok()) return status;
  const uint32_t size = to->struct_size;
  std::memcpy(to, &from, sizeof(Struct));
  to->struct_size = size;
  return {};
}

// Puts a result into a handle of its own.
template <class Handle, class Value>
Status Hand(Result<Value> result, Handle** out) {
  if (!result.ok()) return result.status();
  *out = new Handle{*std::move(result)};
  return {};
}

inline Threads* ThreadsOf(lutgemm_threads* threads) noexcept {
  return threads != nullptr ? threads->threads.get() : nullptr;
}

}  // namespace lutgemm::capi

#endif  // LUTGEMM_API_C_COMMON_H_
