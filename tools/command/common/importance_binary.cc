#include "tools/command/common/importance_binary.h"

#include "io/byte_reader.h"
#include "io/errors.h"

#include <bit>
#include <cmath>
#include <utility>

namespace lutgemm::tools {
namespace {

// The older file: i32 entries; of each i32 length and name, i32 calls, i32 values, f32 sums over
// the calls; then perhaps i32 chunks, and perhaps i32 length and name of the text.
class BinaryParser {
 public:
  BinaryParser(std::span<const std::byte> file, std::string_view name)
      : file_(name), reader_(file) {}

  Result<ImportanceEntries> Parse() {
    uint32_t count = 0;
    if (Status status = ReadNumber("the number of entries", &count); !status.ok()) return status;
    // An entry takes 12 bytes and a name.
    if (count == 0 || count > reader_.left() / 12) {
      return io::Corrupt(
          file_, "is no importance matrix: neither a GGUF, nor a file of entries, of ",
          "which the first 4 bytes announce ", count, " and ", reader_.left(), " bytes follow");
    }
    for (uint32_t i = 0; i < count; ++i) {
      if (Status status = ReadEntry(i); !status.ok()) return status;
    }
    if (Status status = ReadRest(); !status.ok()) return status;
    return std::move(entries_);
  }

 private:
  // The numbers are signed, and all that can be right are not negative.
  Status ReadNumber(std::string_view what, uint32_t* value) {
    const size_t at = reader_.at();
    if (!reader_.Read(value)) {
      return io::Corrupt(file_, "ends at offset ", at, ", before ", what);
    }
    if (*value <= uint32_t{INT32_MAX}) return {};
    return io::Corrupt(file_, what, ", at offset ", at, ", is ", static_cast<int32_t>(*value),
                       "; it must not be negative");
  }

  Status ReadName(std::string_view what, std::string_view* name) {
    uint32_t size = 0;
    Status status = ReadNumber(base::Cat("the length of ", what), &size);
    if (!status.ok()) return status;
    const size_t at = reader_.at();
    if (reader_.ReadText(size, name)) return {};
    return io::Corrupt(file_, what, ", ", size, " bytes at offset ", at,
                       ", reaches past the file's end at ", at + reader_.left());
  }

  Status ReadEntry(uint32_t i) {
    std::string_view name;
    Status status = ReadName(base::Cat("the name of entry ", i), &name);
    if (!status.ok()) return status;
    if (name.empty() || !io::IsPlainText(name)) {
      return io::Corrupt(file_, "the name of entry ", i, ", which ends at offset ", reader_.at(),
                         ", is empty, not UTF-8, or has control characters");
    }
    uint32_t calls = 0, count = 0;
    const std::string entry = "entry " + io::Quote(name);
    status = ReadNumber(base::Cat("the number of calls of ", entry), &calls);
    if (status.ok()) status = ReadNumber(base::Cat("the number of values of ", entry), &count);
    if (!status.ok()) return status;
    if (count == 0 || count > reader_.left() / sizeof(float)) {
      return io::Corrupt(file_, entry, ": ", count, " values at offset ", reader_.at(),
                         "; there must be some, and ", reader_.left(), " bytes are left");
    }
    std::vector<float> means(count);
    status = ReadMeans(entry, calls, means);
    if (!status.ok()) return status;
    if (entries_.emplace(name, std::move(means)).second) return {};
    return io::Corrupt(file_, entry, ", which ends at offset ", reader_.at(),
                       ", is there a second time");
  }

  Status ReadMeans(const std::string& entry, uint32_t calls, std::vector<float>& means) {
    for (size_t i = 0; i < means.size(); ++i) {
      uint32_t bits = 0;
      const size_t at = reader_.at();
      reader_.Read(&bits);  // there: the entry's size was compared with what is left
      const auto sum = std::bit_cast<float>(bits);
      if (!std::isfinite(sum) || sum < 0) {
        return io::Corrupt(file_, entry, ": value ", i, ", at offset ", at, ", is ", sum,
                           "; it must be finite and not negative");
      }
      means[i] = calls > 1 ? sum / static_cast<float>(calls) : sum;
    }
    return {};
  }

  Status ReadRest() {
    uint32_t chunks = 0;
    std::string_view text;
    if (reader_.left() == 0) return {};
    if (Status status = ReadNumber("the number of chunks", &chunks); !status.ok()) return status;
    if (reader_.left() == 0) return {};
    if (Status status = ReadName("the name of the text", &text); !status.ok()) return status;
    if (reader_.left() == 0) return {};
    return io::Corrupt(file_, reader_.left(), " bytes at offset ", reader_.at(),
                       " follow the name of the text, which should be the last");
  }

  std::string_view file_;
  io::ByteReader reader_;
  ImportanceEntries entries_;
};

}  // namespace

Result<ImportanceEntries> ParseBinaryImportance(std::span<const std::byte> file,
                                                std::string_view name) {
  return BinaryParser(file, name).Parse();
}

}  // namespace lutgemm::tools
