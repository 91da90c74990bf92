// The older files of importance matrices: what they hold, what is refused and where, damaged ones.
#include "tools/command/common/importance_binary.h"

#include "fuzz/mutator.h"
#include "importance_kit.h"

#include <limits>

using namespace lutgemm;
using namespace lutgemm::test::importance;

namespace {

const std::vector<BinaryEntry> kEntries = {
    {"blk.0.attn_q.weight", 4, {2, 0, 10, 1}}, {"output.weight", 1, {3, 5}}, {"unseen", 0, {7}}};

}  // namespace

TEST_CASE("values are divided by their calls") {
  const std::string chunks = Little(9, 4), text = Little(5, 4) + "a.txt";
  for (const std::string& rest : {std::string(), chunks, chunks + text, chunks + Little(0, 4)}) {
    CAPTURE(rest.size());
    const auto parsed = Parse(Binary(kEntries, rest));
    REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
    CHECK(*parsed == tools::ImportanceEntries{{"blk.0.attn_q.weight", {0.5f, 0, 2.5f, 0.25f}},
                                              {"output.weight", {3, 5}},
                                              {"unseen", {7}}});
  }
}

TEST_CASE("what is no importance matrix is refused with the place") {
  const BinaryEntry good{"w", 1, {1, 2}};
  const std::string none = "neither a GGUF, nor a file of entries";
  CheckRefused(std::string("\x01\0\0", 3),
               "mutant: ends at offset 0, before the number of entries");
  CheckRefused(Little(0, 4), none);
  CheckRefused("{\"a\": [1, 2, 3, 4, 5, 6, 7, 8, 9]}", none);
  CheckRefused(Little(0xffffffff, 4), "the number of entries, at offset 0, is -1");
  const auto broken = [&](const std::string& entry) { return Little(1, 4) + entry; };
  CheckRefused(broken(Little(100, 4) + std::string(9, 'n')),
               "the name of entry 0, 100 bytes at offset 8, reaches past the file's end at 17");
  CheckRefused(broken(BinaryEntry{"", 1, {1}}.bytes()),
               "the name of entry 0, which ends at offset 8");
  CheckRefused(broken(BinaryEntry{"a\n", 1, {1}}.bytes()), "or has control characters");
  CheckRefused(broken(BinaryEntry{"a", 1, {}}.bytes()), "entry 'a': 0 values at offset 17");
  const std::string cut = good.bytes().substr(0, good.bytes().size() - 1);
  CheckRefused(broken(cut), "entry 'w': 2 values at offset 17; there must be some, and 7 bytes");
  CheckRefused(broken(Little(1, 4) + "w" + Little(uint32_t(-5), 4) + Little(1, 4) + Floats({1})),
               "the number of calls of entry 'w', at offset 9, is -5");
  CheckRefused(Binary({good, good}), "entry 'w', which ends at offset 46, is there a second time");
  for (const float bad :
       {-1.0f, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    CheckRefused(Binary({{"w", 1, {1, bad}}}), "entry 'w': value 1, at offset 21, is ");
  }
}

TEST_CASE("what follows the entries is checked") {
  const std::vector<BinaryEntry> one = {{"w", 1, {1, 2}}};
  CheckRefused(Binary(one, "abc"), "ends at offset 25, before the number of chunks");
  CheckRefused(Binary(one, Little(1, 4) + "a"), "before the length of the name of the text");
  CheckRefused(Binary(one, Little(1, 4) + Little(3, 4) + "ab"), "the name of the text, 3 bytes");
  CheckRefused(Binary(one, Little(1, 4) + Little(1, 4) + "ab"), "1 bytes at offset 34 follow");
}

TEST_CASE("a file that ends early is refused or lacks only what may be missing") {
  const std::string whole = Binary(kEntries, Little(9, 4) + Little(5, 4) + "a.txt");
  const size_t entries = Binary(kEntries).size();
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const bool complete = size == entries || size == entries + 4;
    const io_test::Aligned file(whole.substr(0, size));
    CHECK(fuzz::ReadImportance(file.span()) == complete);
  }
}

TEST_CASE("damaged files give clean errors") {
  constexpr uint64_t kSeed = 20240609;
  CAPTURE(kSeed);
  fuzz::ForMutants({Binary(kEntries), Binary(kEntries, Little(9, 4) + Little(1, 4) + "t")},
                   fuzz::Mutator(kSeed, fuzz::Mutator::Kind::kBinary), 20000, fuzz::ReadImportance);
}
