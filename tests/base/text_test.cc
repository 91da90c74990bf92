#include "base/text.h"
#include "base/check.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace lutgemm::base {
namespace {

TEST_CASE("pieces join") {
  CHECK(Cat() == "");
  CHECK(Cat("row ", 3, ", col ", size_t{18446744073709551615u}, ": ", -1.5, std::string(" end")) ==
        "row 3, col 18446744073709551615: -1.5 end");
  CHECK(Cat(std::numeric_limits<float>::infinity()) == "inf");
  const Status status = MakeStatus(Code::kBadShape, "k = ", 0);
  CHECK(status.code() == Code::kBadShape);
  CHECK(status.text() == "k = 0");
}

TEST_CASE("exceptions become statuses") {
  const Status memory = Guarded([]() -> Status { throw std::bad_alloc(); });
  CHECK(memory.code() == Code::kOutOfMemory);
  const Result<int> length = Guarded([]() -> Result<int> {
    std::vector<int> v;
    v.reserve(v.max_size() + 1);
    return 1;
  });
  CHECK(length.status().code() == Code::kOutOfMemory);
  const Status other = Guarded([]() -> Status { throw std::runtime_error("odd"); });
  CHECK(other.code() == Code::kInternal);
  CHECK(other.text().find("odd") != std::string::npos);
  CHECK(Guarded([]() -> Status { throw 1; }).code() == Code::kInternal);
  CHECK(*Guarded([]() -> Result<int> { return 5; }) == 5);
}

TEST_CASE("checks hold their tongue about what is true") {
  int evaluated = 0;
  LUTGEMM_DCHECK(++evaluated > 0);
  CHECK(evaluated == LUTGEMM_CHECKS);
}

}  // namespace
}  // namespace lutgemm::base
