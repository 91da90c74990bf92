// Calls of the library whose allocations fail, one after the other. A program that uses this
// includes support/replace_malloc.h in one of its files.
#ifndef LUTGEMM_SUPPORT_FAILING_MEMORY_H_
#define LUTGEMM_SUPPORT_FAILING_MEMORY_H_

#include <doctest/doctest.h>
#include <lutgemm/status.hpp>

#include <cstddef>
#include <string>

namespace lutgemm::test {

// From now on the nth allocation (0: the next) of the whole process fails, and, with `later`, every
// one after it.
void FailFrom(size_t nth, bool later) noexcept;
// Ends that; says whether an allocation failed.
bool StopFailing() noexcept;

// One attempt at a call. What needs memory that is not the library's happens outside of operator().
class Attempt {
 public:
  Attempt(size_t nth, bool later) : nth_(nth), later_(later) {}

  // Calls the library while its allocations fail.
  template <class Call>
  auto operator()(const Call& call) {
    FailFrom(nth_, later_);
    auto result = call();
    failed_ = StopFailing() || failed_;
    return result;
  }
  bool failed() const { return failed_; }

 private:
  size_t nth_;
  bool later_;
  bool failed_ = false;
};

inline Code CodeOf(Code code) { return code; }
inline Code CodeOf(const Status& status) { return status.code(); }
template <class T>
Code CodeOf(const Result<T>& result) {
  return result.status().code();
}
inline Code CodeOf(int32_t status) { return Code{status}; }

struct Walk {
  const char* name;
  Code expected = Code::kOk;
};

// Makes the attempt with each allocation failing in turn, and with all from it on, until one meets
// no failure: that one must end as expected, all others so or with kOutOfMemory. Returns how many
// attempts met a failure.
template <class Body>
size_t WalkFailures(const Walk& walk, const Body& body) {
  size_t failures = 0;
  for (const bool later : {false, true}) {
    for (size_t nth = 0;; ++nth) {
      Attempt attempt(nth, later);
      const Code code = CodeOf(body(attempt));
      INFO(walk.name, ", allocation ", nth, later ? " and all after it" : "");
      const bool excused = attempt.failed() && code == Code::kOutOfMemory;
      CHECK_MESSAGE((code == walk.expected || excused), std::string(CodeName(code)));
      if (!attempt.failed()) break;
      ++failures;
      REQUIRE(nth < 20000);
    }
  }
  return failures;
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_SUPPORT_FAILING_MEMORY_H_
