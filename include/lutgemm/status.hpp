// Errors as values: Code, Status and Result<T>. The library never throws, aborts or prints.
// Defined in src/base.
#ifndef LUTGEMM_STATUS_HPP_
#define LUTGEMM_STATUS_HPP_

#include <lutgemm/export.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lutgemm {

// Numeric values are part of the C ABI (lutgemm_status) and never change meaning.
enum class Code : int32_t {
  kOk = 0,
  kBadArgument = 1,        // a value outside its documented range, a null pointer
  kBadShape = 2,           // sizes that do not fit together or overflow
  kUnsupportedFormat = 3,  // a weight format, element type or layout that this call cannot take
  kUnsupportedCpu = 4,     // a forced target that this CPU cannot run
  kNoKernel = 5,           // a forced kernel that does not exist or cannot serve the problem
  kLayoutMismatch = 6,     // activation tables built for another plan
  kWorkspaceTooSmall = 7,
  kOutOfMemory = 8,
  kCorruptFile = 9,  // malformed input file; the text names file, tensor and reason
  kNotFinite = 10,   // NaN or infinity in weights; the text names the index
  kOverflow = 11,    // an int32 output or a scale beyond its type
  kIo = 12,          // the operating system refused to open, read, map or write
  kExists = 13,      // an output file is already there
  kNotFound = 14,    // no such tensor
  kInternal = 15,    // a bug of this library
};

// Short constant name of a code, such as "bad_shape".
LUTGEMM_API const char* CodeName(Code code) noexcept;

// A code and, when it is not kOk, a text that says what was wrong, where, and what would be right.
class [[nodiscard]] Status {
 public:
  Status() noexcept = default;
  Status(Code code, std::string text) noexcept : code_(code), text_(std::move(text)) {}
  Status(Code code, const char* text) noexcept : code_(code) { Copy(text); }

  // A copy has the code in any case; where there is no memory for the text, it says so instead.
  Status(const Status& other) noexcept : code_(other.code_) { Copy(other.text_); }
  Status& operator=(const Status& other) noexcept {
    code_ = other.code_;
    Copy(other.text_);
    return *this;
  }
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  bool ok() const noexcept { return code_ == Code::kOk; }
  Code code() const noexcept { return code_; }
  const std::string& text() const noexcept { return text_; }

 private:
  // Not inline, for programs that are compiled without exceptions.
  LUTGEMM_API void Copy(std::string_view text) noexcept;

  Code code_ = Code::kOk;
  std::string text_;
};

// Either a value or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) noexcept : value_(std::move(value)) {}
  Result(Status status) noexcept : status_(std::move(status)) {}

  bool ok() const noexcept { return value_.has_value(); }
  const Status& status() const noexcept { return status_; }

  // Only when ok().
  T& operator*() & noexcept { return *value_; }
  const T& operator*() const& noexcept { return *value_; }
  T&& operator*() && noexcept { return std::move(*value_); }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace lutgemm

#endif  // LUTGEMM_STATUS_HPP_
