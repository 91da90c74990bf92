// Groups as text, there and back.
#include "format/group_text.h"

#include <lutgemm/types.hpp>

#include <doctest/doctest.h>

namespace lutgemm::format {

TEST_CASE("a group comes back from its text") {
  for (const uint32_t group : {1u, 4u, 128u, kWholeTensor - 1, kWholeRow, kWholeTensor}) {
    CAPTURE(group);
    CHECK(ReadGroup(GroupText(group)) == group);
  }
  CHECK(GroupText(kWholeRow) == "row");
  CHECK(GroupText(kWholeTensor) == "tensor");
  CHECK(GroupText(128) == "128");
}

TEST_CASE("what GroupText never gives is no group") {
  for (const char* text :
       {"", "0", "4294967295", "4294967296", "-4", "+4", " 4", "4 ", "0x4", "rows"}) {
    CAPTURE(text);
    CHECK_FALSE(ReadGroup(text).has_value());
  }
}

}  // namespace lutgemm::format
